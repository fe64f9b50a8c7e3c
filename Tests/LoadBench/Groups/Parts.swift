import Foundation
import TestSupport

/// Parts by themselves: built and measured by the package in `Tests/Benchmarks`.
struct Parts {
    func measure() async throws -> [Figure] {
        let directory = try TemporaryDirectory("parts")
        let package = Repository.path("Tests/Benchmarks")
        say("Building Tests/Benchmarks, which takes minutes the first time")
        try await runToEnd(
            "swift",
            ["build", "-c", "release", "--package-path", package, "--product", "figures"],
            in: directory
        )
        let figures = try ChildProcess(package + "/.build/release/figures", outputPath: directory.file("figures"))
        let exit = await figures.waitForExit()
        let output = figures.output
        guard exit == .exited(0) else { throw ServerError("figures ended with \(exit):\n\(output)") }
        let values = try JSONDecoder().decode([String: Double].self, from: Data(output.utf8))
        return try Self.known.map { key, name, unit, bar in
            guard let value = values[key] else { throw ServerError("there is no \(key) in \(output)") }
            return Figure(.parts, name, value, unit, bar)
        }
    }

    private static let known: [(key: String, name: String, unit: String, bar: Figure.Bar)] = [
        ("history_scan_gb_per_s", "history scan, 1 MB", "GB/s", .atLeast(1)),
        ("c_store_get_per_s", "C store get, 10⁶ entries of 1 KB", "1/s", .atLeast(2_000_000)),
        ("c_store_set_per_s", "C store set, 10⁶ entries of 1 KB", "1/s", .atLeast(1_000_000)),
        ("c_store_overhead_bytes_per_entry", "C store, overhead per entry", "B", .atMost(96)),
    ]
}
