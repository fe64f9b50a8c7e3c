import ArgumentParser

@main
struct Parley: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parley",
        abstract: "An agent backend that any worker can continue.",
        subcommands: [Serve.self, MCPCommand.self, SessionCommands.self, ChatCommand.self],
        defaultSubcommand: Serve.self
    )
}
