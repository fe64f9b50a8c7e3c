import ArgumentParser
import Configuration

/// The settings as flags. All are texts here; ``Settings`` says what they must be, wherever they come from.
struct ServeFlags: ParsableArguments {
    @Option(help: "Address to listen on. (default: 127.0.0.1)")
    var host: String?
    @Option(help: "Port to listen on; 0 takes a free one. (default: 8000)")
    var port: String?
    @Option(help: "redis[s]://[user:password@]host[:port][/db]. (default: none, sessions are in memory)")
    var redisURL: String?
    @Option(help: "How long a Redis command may take. (default: 1000)")
    var redisCommandTimeoutMs: String?
    @Option(help: "postgres[ql]://user[:password]@host[:port]/database[?sslmode=…]. (default: none)")
    var databaseURL: String?
    @Option(help: "memory, redis or postgres. (default: redis when its URL is set, else postgres when its is)")
    var sessionStore: String?
    @Option(help: "off or postgres: whether committed turns are kept in DATABASE_URL for good. (default: off)")
    var archive: String?
    @Option(help: "How many days archived turns are kept. (default: for ever)")
    var archiveRetentionDays: String?
    @Option(help: "Bytes that may wait in Redis to be archived. (default: 67108864)")
    var archiveOutboxBytes: String?
    @Option(help: "How long a session lives after its last turn. (default: 1800)")
    var sessionTtlSeconds: String?
    @Option(help: "Ceiling of the memory store. (default: 268435456)")
    var sessionMemoryBytes: String?
    @Option(help: "Bytes of the histories that the worker served last and keeps; 0: none. (default: 67108864)")
    var nearCacheBytes: String?
    @Option(help: "Tokens that a prompt may take; longer histories are cut. (default: 32000)")
    var historyMaxTokens: String?
    @Option(help: "From a request's arrival to its answer. (default: 30)")
    var agentDeadlineSeconds: String?
    @Option(help: "Model calls of one run. (default: 10)")
    var agentMaxSteps: String?
    @Option(help: "Tool calls of one run. (default: 25)")
    var agentMaxToolCalls: String?
    @Option(help: "Writing tool calls of one run. (default: 15)")
    var agentMaxWriteCalls: String?
    @Option(help: "How often one run may make the same call. (default: 2)")
    var agentMaxRepeatedCalls: String?
    @Option(help: "Runs that one worker takes on at once. (default: 4096)")
    var maxRunsInFlight: String?
    @Option(help: "The same of one user; 0: no limit. (default: 0)")
    var maxRunsPerPrincipal: String?
    @Option(help: "Key of the Messages API. Prefer the environment: flags can be seen by others on this machine.")
    var anthropicAPIKey: String?
    @Option(help: "The model's name.")
    var anthropicModel: String?
    @Option(help: "Where the Messages API is; may be plain http. (default: https://api.anthropic.com)")
    var anthropicBaseURL: String?
    @Option(help: "Where Taiga is. (default: the built-in sandbox, unless there are tool servers)")
    var taigaURL: String?
    @Option(help: "Tool servers (MCP), separated by commas: URLs, or stdio:COMMAND. (default: none)")
    var mcpURLs: String?
    @Option(help: "off or taiga: who is asked who somebody is. (default: taiga when its URL is set)")
    var auth: String?
    @Option(help: "Token that operators show as bearer. Prefer the environment: flags can be seen by others.")
    var opsToken: String?
    @Option(help: "Origins of web pages that may call, separated by commas, or *. (default: *)")
    var corsAllowedOrigins: String?
    @Option(help: "How long runs may go on after SIGTERM. (default: 40)")
    var shutdownGraceSeconds: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical. (default: info)")
    var logLevel: String?
    @Option(help: "text or json. (default: text)")
    var logFormat: String?

    /// The flags that were given, under the names of the environment's settings.
    var provider: InMemoryProvider {
        InMemoryProvider(flags: [
            (.host, host), (.port, port), (.redisURL, redisURL), (.redisCommandTimeout, redisCommandTimeoutMs),
            (.databaseURL, databaseURL), (.sessionStore, sessionStore), (.archive, archive),
            (.archiveRetention, archiveRetentionDays), (.archiveOutbox, archiveOutboxBytes),
            (.sessionTTL, sessionTtlSeconds),
            (.sessionMemory, sessionMemoryBytes), (.nearCache, nearCacheBytes),
            (.historyMaxTokens, historyMaxTokens), (.deadline, agentDeadlineSeconds), (.maxSteps, agentMaxSteps),
            (.maxToolCalls, agentMaxToolCalls),
            (.maxWriteCalls, agentMaxWriteCalls), (.maxRepeatedCalls, agentMaxRepeatedCalls),
            (.maxRuns, maxRunsInFlight), (.maxRunsPerPrincipal, maxRunsPerPrincipal),
            (.anthropicKey, anthropicAPIKey), (.anthropicModel, anthropicModel), (.anthropicBaseURL, anthropicBaseURL),
            (.taigaURL, taigaURL), (.mcpURLs, mcpURLs), (.auth, auth),
            (.opsToken, opsToken), (.corsOrigins, corsAllowedOrigins), (.shutdownGrace, shutdownGraceSeconds),
            (.logLevel, logLevel),
            (.logFormat, logFormat),
        ])
    }
}
