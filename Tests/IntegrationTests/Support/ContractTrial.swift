import Foundation
import TestSupport

/// What came of trying a worker out by its contract.
struct ContractTrial {
    /// Requests that were made up.
    var cases = 0
    /// How often each operation answered with which status: `GET /health 200`.
    var answers: [String: Int] = [:]
    var exit: ChildProcess.Exit
    var output: String

    /// Answers whose status begins with that digit.
    func answered(_ digit: Character) -> [String] {
        answers.keys.filter { $0.split(separator: " ").last?.first == digit }.sorted()
    }

    /// Lets schemathesis make up requests from the document of the worker at `url`, valid ones and others, and hold the
    /// answers against it.
    /// - Parameter examples: how many, for each operation, beyond those that it always tries.
    static func run(
        _ url: String,
        bearer: String,
        examples: Int,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> ContractTrial {
        let folder = try TemporaryDirectory("contract")
        let programs = try await Repository.prepare("deploy/lib/schemathesis.sh")
        let own = Repository.path("Tests/IntegrationTests/Contract")
        let child = try ChildProcess(
            programs + "/st",
            [
                "--config-file", own + "/schemathesis.toml", "run", url + "/openapi.json", "--checks", "all",
                // Who clears a session between starting a run and looking at it does not find the run. The check knows only
                // that nobody deleted the run itself.
                "--exclude-checks", "ensure_resource_availability",
                "--max-examples", String(examples), "--header", "Authorization: Bearer \(bearer)",
            ] + arguments,
            environment: environment.merging([
                "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": own, "PYTHONDONTWRITEBYTECODE": "1",
                "STATISTICS": folder.file("statistics"),
            ]) { $1 },
            workingDirectory: folder.path,
            outputPath: folder.file("output")
        )
        var trial = ContractTrial(exit: await child.waitForExit(), output: child.output)
        trial.cases = child.output.firstMatch(of: /(\d+) generated/).flatMap { Int($0.output.1) } ?? 0
        let statistics = try String(contentsOfFile: folder.file("statistics"), encoding: .utf8)
        for line in statistics.split(separator: "\n") {
            let parts = line.split(separator: " ")
            trial.answers[parts.dropLast().joined(separator: " ")] = parts.last.flatMap { Int($0) }
        }
        return trial
    }
}
