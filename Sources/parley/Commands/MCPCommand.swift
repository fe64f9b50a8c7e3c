import ArgumentParser
import Configuration
import Glibc
import Logging

/// `parley mcp`: the tools for MCP clients, until the client ends or the process is told to stop.
struct MCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        abstract: "Serve the Taiga tools to MCP clients.",
        discussion: """
            With --stdio one client, which started this program, talks over its standard input and output. With --http \
            any number of clients talk to http://HOST:PORT/mcp. Both eras of the protocol are spoken. Calls act on the \
            project of --project with the rights of the token in TAIGA_AUTH_TOKEN, unless the client says otherwise.
            """
    )

    @Flag(help: "Serve one client over standard input and output.")
    var stdio = false
    @Flag(help: "Serve clients over HTTP.")
    var http = false
    @OptionGroup var flags: MCPFlags

    func validate() throws {
        guard stdio != http else { throw ValidationError("Say either --stdio or --http.") }
    }

    func run() async throws {
        let reader = try await ConfigReader.settings(flags.provider)
        let settings = try MCPSettings(reading: reader, overHTTP: http)
        bootstrapLogging(format: settings.base.logFormat, level: settings.base.logLevel)
        let logger = Logger(label: "parley.mcp")
        let process = MCPProcess(settings: settings, logger: logger)
        if http {
            raiseOpenFilesLimit()
            try await process.serveHTTP()
        } else {
            // A client that has gone is noticed by its closed input; writing to it must not end the process before.
            signal(SIGPIPE, SIG_IGN)
            try await process.serveStdio()
        }
    }
}

/// The settings of `parley mcp` as flags. All are texts here; ``MCPSettings`` says what they must be.
struct MCPFlags: ParsableArguments {
    @Option(help: "Address to listen on. (default: 127.0.0.1)")
    var host: String?
    @Option(help: "Port to listen on; 0 takes a free one. (default: 8000)")
    var port: String?
    @Option(help: "The Taiga project that calls act on, unless the client names another.")
    var project: String?
    @Option(help: "The milestone (sprint) that new items go to. (default: none, the backlog)")
    var milestone: String?
    @Option(help: "Host names that requests may name, separated by commas, or *. (default: this machine's own)")
    var allowedHosts: String?
    @Option(help: "Origins of web pages that may call, separated by commas. (default: none)")
    var corsAllowedOrigins: String?
    @Option(help: "How long calls may go on after SIGTERM. (default: 40)")
    var shutdownGraceSeconds: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical. (default: info)")
    var logLevel: String?
    @Option(help: "text or json; logs go to standard error. (default: text)")
    var logFormat: String?

    /// The flags that were given, under the names of the environment's settings.
    var provider: InMemoryProvider {
        InMemoryProvider(flags: [
            (.host, host), (.port, port), (.taigaProject, project), (.taigaMilestone, milestone),
            (.mcpAllowedHosts, allowedHosts), (.corsOrigins, corsAllowedOrigins),
            (.shutdownGrace, shutdownGraceSeconds), (.logLevel, logLevel), (.logFormat, logFormat),
        ])
    }
}
