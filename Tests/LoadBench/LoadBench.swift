import ArgumentParser
import Foundation
import TestSupport

/// What `deploy/bench` becomes once everything is built.
@main
struct LoadBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy/bench",
        abstract: "Measures a worker under load, and against what the machine can do.",
        subcommands: [Measure.self, Compare.self],
        defaultSubcommand: Measure.self
    )
}

struct Measure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs the load and prints the figures (the default).")

    @Flag(help: "The full counts; without, about a tenth of the time.")
    var soak = false

    @Option(help: ArgumentHelp("Only these figures; may be given several times.", valueName: "group"))
    var only: [Group] = []

    @Option(help: ArgumentHelp("Where the figures go as JSON.", valueName: "file"))
    var json: String?

    func run() async throws {
        let interruption = Interruption()
        defer { interruption.ignore() }
        var list = FigureList()
        var failed: [Group] = []
        for group in Group.allCases where only.isEmpty || only.contains(group) {
            let began = ContinuousClock.now
            say("==> \(group.rawValue)")
            do {
                list.figures += try await group.measure(soak ? .soak : .short)
                say("==> \(group.rawValue): \((ContinuousClock.now - began).components.seconds) s")
            } catch {
                failed.append(group)
                say("==> \(group.rawValue): FAILED: \(error)")
            }
        }
        show(list.table)
        let path = json ?? Self.newPath()
        try list.write(to: path)
        say("Written to \(path)")
        guard failed.isEmpty else {
            say("Not measured: \(failed.map(\.rawValue).joined(separator: ", "))")
            throw ExitCode.failure
        }
    }

    /// A name of its own for each run, so that any two can be compared.
    private static func newPath() -> String {
        let time = Date.now.formatted(.iso8601.timeSeparator(.omitted).dateSeparator(.dash))
        return Repository.path(".build/bench/\(time).json")
    }
}

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows two runs side by side.")

    @Argument(help: "The JSON of a run.")
    var a: String

    @Argument(help: "The JSON of another one.")
    var b: String

    func run() throws {
        show(try FigureList(contentsOf: a).compared(with: FigureList(contentsOf: b)))
    }
}

/// What was asked for, on standard output.
private func show(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

/// Says what is going on, on standard error.
func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
