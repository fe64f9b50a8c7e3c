import ArgumentParser

@main
struct Parley: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parley",
        abstract: "An agent backend that any worker can continue.",
        subcommands: [
            Serve.self, ChatCommand.self, MCPCommand.self, SessionCommands.self, ArchiveCommands.self, Migrate.self,
        ],
        defaultSubcommand: Serve.self
    )
}
