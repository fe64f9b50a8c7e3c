import Agent
import ArgumentParser
import Configuration
import Foundation
import ParleyClient

/// `parley chat`: a conversation in a terminal.
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Talk to a service that runs.",
        discussion: """
            In a terminal it asks for prompts, and /help lists the commands; Ctrl-C stops a run, and ends the program when \
            none is under way. Otherwise each line of standard input is a prompt, answers go to standard output and errors to \
            standard error. The user's Taiga tokens come from TAIGA_AUTH_TOKEN and TAIGA_REFRESH_TOKEN. Without options it \
            talks as the sandbox's user about the sandbox's project.

            Exit status: 0 done; 1 a turn failed; 64 wrong usage; 69 the service cannot be reached, or cannot serve now; 77 \
            the tokens are missing or wrong; 130 ended by Ctrl-C.
            """
    )

    @Option(help: "Where the service is: nginx or a worker.")
    var url = "http://127.0.0.1:8000"
    @Option(help: "The session to go on with. (default: a new one)")
    var session: SessionID?
    @Option(help: "The Taiga project.")
    var project = 1_729_875
    @Option(help: "The milestone (sprint) that new items go to.")
    var milestone = 499_548
    @Option(help: "The user's id in Taiga.")
    var userID = 738_718
    @Option(help: "The user's name in Taiga.")
    var username = "jdlafond"
    @Option(help: "The user's address.")
    var email = "jdlafond@asu.edu"
    @Option(help: "A role of the user in the project; may be given more than once.")
    var role = ["Product Owner"]

    func run() async throws {
        guard let service = URL(string: url) else { throw ValidationError("--url must be an http or https URL") }
        let environment = ConfigReader(provider: EnvironmentVariablesProvider())
        func token(_ name: SettingName) -> String {
            let text = environment.string(forKey: name.key, isSecret: true) ?? ""
            // A service that asks nobody who they are wants some text all the same.
            return text.isEmpty ? "none" : text
        }
        var settings = ParleyClient.Settings()
        // Somebody waits at a terminal, and can ask again.
        settings.retry.attempts = 4
        let client = ParleyClient(
            url: service,
            context: ParleyClient.Context(
                projectID: project,
                milestoneID: milestone,
                user: ParleyClient.User(id: userID, username: username, email: email, roles: role)
            ),
            tokens: ParleyClient.TokenPair(authToken: token(.taigaAuthToken), refresh: token(.taigaRefreshToken)),
            settings: settings,
            onRefresh: { _ in
                let text = "Note: the Taiga tokens were renewed; those in the environment are of no more use\n"
                StandardStream.error.write(Array(text.utf8))
            }
        )
        let terminal = Terminal()
        let chat = Chat(client: client, url: url, terminal: terminal, input: ChatInput())
        let status = await chat.run(session.map { client.session($0.text) } ?? client.session())
        throw ExitCode(status)
    }
}
