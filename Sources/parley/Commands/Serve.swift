import ArgumentParser
import Configuration
import Logging

/// `parley serve`: one worker, until it is told to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve the agent over HTTP.",
        discussion: """
            Every setting is an environment variable, a line in a file named .env in the working directory, or a flag. \
            Flags win over the environment, the environment over the file. With none set, the worker keeps sessions in \
            memory and talks to the built-in sandbox with the built-in demo model.
            """
    )

    @OptionGroup var flags: ServeFlags

    func run() async throws {
        let settings = try Settings(reading: try await ConfigReader.settings(flags.provider))
        bootstrapLogging(format: settings.logFormat, level: settings.logLevel)
        raiseOpenFilesLimit()
        tuneAllocator()
        let worker = try Worker(settings: settings, logger: Logger(label: "parley"))
        try await withTaskExecutorPreference(EventLoopExecutor.shared) { try await worker.run() }
    }
}
