import API
import Agent
import Anthropic
import Logging
import MCP
import Postgres
import Redis
import Taiga

/// What an operator can set of a worker, with the defaults.
struct Settings: Sendable {
    enum Store: Sendable {
        case memory(ceiling: Int)
        case redis(RedisConfiguration)
        case postgres(PostgresConfiguration)
    }

    /// Where committed turns are kept when the store has forgotten them.
    struct Archive: Sendable {
        var database: PostgresConfiguration
        /// How long turns are kept; `nil`: for ever.
        var retentionDays: Int?
        /// What may wait in Redis for the database, in bytes.
        var outboxBytes = 67_108_864
    }

    enum LogFormat: String, Sendable, CaseIterable { case text, json }

    var host = "127.0.0.1"
    var port = 8000
    var store = Store.memory(ceiling: 268_435_456)
    /// What the histories that the worker served last may take of its memory; 0: none is kept.
    var nearCacheBytes = NearCache.defaultBytes
    /// `nil`: nowhere.
    var archive: Archive?
    /// `nil`: the demo model.
    var anthropic: AnthropicSettings?
    /// `nil`: no Taiga over REST.
    var taiga: TaigaSettings?
    var toolServers: [MCPServerAddress] = []
    /// Whether users must show who they are.
    var authenticates = false
    var run = RunSettings()
    var limits = RunLimits()
    var allowedOrigins = AllowedOrigins.all
    var operatorToken: Secret?
    var shutdownGrace = Duration.seconds(40)
    var logLevel = Logger.Level.info
    var logFormat = LogFormat.text
}
