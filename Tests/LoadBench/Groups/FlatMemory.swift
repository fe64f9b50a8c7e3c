import Foundation
import TestSupport

/// The worker's memory over many turns of sessions that come, end and expire. Ten turns a session.
struct FlatMemory {
    private let turns: Int
    private let samples = 10

    init(_ scale: Scale) { turns = scale.watchedTurns }

    func measure() async throws -> [Figure] {
        try await CannedModel.with { model in
            // Past runs stay until they take a quarter of the ceiling, sessions until they expire: both must have got there
            // before the memory is compared. So the ceiling is in proportion to the turns, and expiry is soon.
            let ceiling = max(16 << 20, (256 << 20) / 1_000_000 * turns)
            let settings = ["SESSION_TTL_SECONDS": "2", "SESSION_MEMORY_BYTES": String(ceiling)]
            return try await ParleyWorker.with(model.settings.merging(settings) { $1 }) { worker in
                try await measure(worker, model)
            }
        }
    }

    private func measure(_ worker: ParleyWorker, _ model: CannedModel) async throws -> [Figure] {
        let wrk = Wrk(connections: 32, duration: .seconds(24 * 3600), sessions: .init(slots: 64))
        let (summary, sizes) = try await wrk.load(worker.url + "/agent/run") {
            let counter = try RequestCounter(model)
            var sizes: [Double] = []
            for part in 1...samples {
                let wanted = turns * part / samples
                let reached = try await counter.wait(for: wanted, patience: .seconds(3600))
                guard reached >= wanted else { throw ServerError("\(reached) turns in an hour") }
                sizes.append(try ResidentMemory(of: worker.process).now)
            }
            return sizes
        }
        var figures = (1...samples).map { part in
            Figure(.memory, "resident after \(part * 100 / samples) % of the turns", sizes[part - 1] / 1_048_576, "MiB")
        }
        let ratio = sizes[samples - 1] / sizes[samples * 3 / 10 - 1]
        figures.append(Figure(.memory, "resident at the end, over at 30 %", ratio, "ratio", .atMost(1.05)))
        figures.append(Figure(.memory, "turns", Double(summary.requests), "count"))
        figures.append(Figure(.memory, "failed turns", Double(summary.failures), "count", .atMost(0)))
        return figures
    }
}
