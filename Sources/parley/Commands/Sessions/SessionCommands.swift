import Agent
import ArgumentParser
import Configuration

/// `parley sessions …`: what operators do with the sessions of a service, over its HTTP interface.
struct SessionCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions",
        abstract: "List, show and clear the sessions of a service that runs.",
        discussion: """
            Exit status: 0 done; 1 refused, or there is no such session; 64 wrong usage; 69 the service cannot be \
            reached, or cannot serve now; 77 the token is missing or wrong.
            """,
        subcommands: [ListSessions.self, ShowSession.self, ClearSessions.self, CleanUpSessions.self],
        defaultSubcommand: ListSessions.self
    )
}

/// Where the service is, who asks, and who reads the answer.
struct OperatorOptions: ParsableArguments {
    @Option(help: "Where the service is: nginx or a worker.")
    var url = "http://127.0.0.1:8000"
    @Option(help: "The operators' token. Prefer OPS_TOKEN in the environment: flags can be seen by others.")
    var token: String?
    @Flag(help: "JSON for programs instead of text for people.")
    var json = false

    /// Runs `body` with a client of the service. An error ends the program with one line and its exit status.
    func withClient(_ body: (OperatorClient) async throws -> Void) async throws {
        do {
            let environment = ConfigReader(provider: EnvironmentVariablesProvider())
            let name = SettingName.opsToken
            let token = token ?? environment.string(forKey: name.key, isSecret: true)
            try await OperatorClient.with(url, token: token.flatMap { $0.isEmpty ? nil : Secret($0) }, body)
        } catch let error as OperatorError {
            StandardStream.error.write(Array("Error: \(error.message)\n".utf8))
            throw ExitCode(error.exitStatus)
        }
    }

    func print(_ text: String) { StandardStream.output.write(Array((text + "\n").utf8)) }
}

extension SessionID: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
