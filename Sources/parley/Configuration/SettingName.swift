import Configuration

/// The settings by their names in the environment.
enum SettingName: String, CaseIterable {
    case host = "HOST"
    case port = "PORT"
    case redisURL = "REDIS_URL"
    case redisCommandTimeout = "REDIS_COMMAND_TIMEOUT_MS"
    case databaseURL = "DATABASE_URL"
    case archive = "ARCHIVE"
    case archiveRetention = "ARCHIVE_RETENTION_DAYS"
    case archiveOutbox = "ARCHIVE_OUTBOX_BYTES"
    case sessionStore = "SESSION_STORE"
    case sessionTTL = "SESSION_TTL_SECONDS"
    case sessionMemory = "SESSION_MEMORY_BYTES"
    case nearCache = "NEAR_CACHE_BYTES"
    case historyMaxTokens = "HISTORY_MAX_TOKENS"
    case deadline = "AGENT_DEADLINE_SECONDS"
    case maxSteps = "AGENT_MAX_STEPS"
    case maxToolCalls = "AGENT_MAX_TOOL_CALLS"
    case maxWriteCalls = "AGENT_MAX_WRITE_CALLS"
    case maxRepeatedCalls = "AGENT_MAX_REPEATED_CALLS"
    case maxRuns = "MAX_RUNS_IN_FLIGHT"
    case maxRunsPerPrincipal = "MAX_RUNS_PER_PRINCIPAL"
    case anthropicKey = "ANTHROPIC_API_KEY"
    case anthropicModel = "ANTHROPIC_MODEL"
    case anthropicBaseURL = "ANTHROPIC_BASE_URL"
    case opsToken = "OPS_TOKEN"
    case corsOrigins = "CORS_ALLOWED_ORIGINS"
    case shutdownGrace = "SHUTDOWN_GRACE_SECONDS"
    case logLevel = "LOG_LEVEL"
    case logFormat = "LOG_FORMAT"
    case taigaProject = "TAIGA_PROJECT_ID"
    case taigaMilestone = "TAIGA_MILESTONE_ID"
    case taigaAuthToken = "TAIGA_AUTH_TOKEN"
    case taigaRefreshToken = "TAIGA_REFRESH_TOKEN"
    case mcpAllowedHosts = "MCP_ALLOWED_HOSTS"
    case taigaURL = "TAIGA_URL"
    case mcpURLs = "MCP_URLS"
    case auth = "AUTH"

    var key: ConfigKey { ConfigKey(rawValue.lowercased().split(separator: "_").map(String.init)) }

    /// Whether the value must not be printed.
    var isSecret: Bool {
        switch self {
        case .redisURL, .anthropicKey, .opsToken, .databaseURL, .taigaAuthToken, .taigaRefreshToken: true
        default: false
        }
    }
}
