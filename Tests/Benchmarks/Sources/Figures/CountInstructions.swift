import ArgumentParser
import Dispatch
import Foundation
import Workloads

/// `figures instructions`: what a pass of each workload executes, counted by valgrind, which needs no counters of the
/// processor and gives the same number tomorrow.
struct CountInstructions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "instructions",
        abstract: "Instructions of a pass of each workload; needs valgrind. Takes some minutes."
    )

    @Argument(help: "Only workloads whose names begin so.")
    var beginning = ""

    func run() throws {
        let workloads = Workload.all.filter { $0.name.hasPrefix(beginning) }
        print(jsonObject(try workloads.map { ($0.name, try Self.instructions(of: $0)) }))
    }

    /// The difference that more passes make: the start of the program and the making of the input drop out. What is
    /// short is done oftener, since a start is not quite like another.
    private static func instructions(of workload: Workload) throws -> Double {
        let start = try total(workload.name, passes: 1)
        var passes = 11
        while true {
            let more = try total(workload.name, passes: passes) - start
            if more > 10_000_000 || passes > 10_000 { return (Double(more) / Double(passes - 1)).rounded() }
            passes = 1 + min(10_000, 20_000_000 * (passes - 1) / max(more, 1))
        }
    }

    private static func total(_ name: String, passes: Int) throws -> Int {
        let output = Pipe()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", CommandLine.arguments[0],
            RunWorkload.name, name, String(passes),
        ]
        // Hashes that differ from run to run would take other paths.
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_DETERMINISTIC_HASHING": "1"]) { $1 }
        // What it found is nobody's figure.
        process.standardOutput = FileHandle.nullDevice
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        // `==1234== Collected : 123456`
        guard process.terminationStatus == 0,
            let line = text.split(separator: "\n").last(where: { $0.contains("Collected") }),
            let count = line.split(separator: " ").last.flatMap({ Int($0) })
        else { throw ValidationError("valgrind counted nothing: \(text.suffix(500))") }
        return count
    }
}

/// What runs below valgrind.
struct RunWorkload: ParsableCommand {
    static let name = "workload"
    static let configuration = CommandConfiguration(commandName: name, abstract: "Runs one workload.")

    @Argument(help: "Its name.")
    var workload: String

    @Argument(help: "How often.")
    var passes: Int

    func run() throws {
        guard let workload = Workload.all.first(where: { $0.name == workload }) else {
            throw ValidationError("there is no such workload")
        }
        // An asynchronous main, which gives the main thread up, is more than valgrind bears.
        let finished = DispatchSemaphore(value: 0)
        let passes = passes
        Task.detached {
            do { print(try await workload.prepare()(passes)) } catch { Self.exit(withError: error) }
            finished.signal()
        }
        finished.wait()
    }
}
