import Foundation
import TestSupport

/// 8,000 runs on one worker, all waiting for a model that takes two seconds.
struct InFlight {
    private let scale: Scale
    private let runs = 8000
    private let delay = 2

    init(_ scale: Scale) { self.scale = scale }

    func measure() async throws -> [Figure] {
        try await CannedModel.with(delay: delay) { model in
            let settings = model.settings.merging(["MAX_RUNS_IN_FLIGHT": String(runs + 1000)]) { $1 }
            return try await ParleyWorker.with(settings) { worker in try await measure(worker, model) }
        }
    }

    private func measure(_ worker: ParleyWorker, _ model: CannedModel) async throws -> [Figure] {
        // What a worker needs anyway is not the runs'.
        let warmUp = Wrk(connections: 16, duration: .seconds(5), sessions: .init())
        var failures = try await warmUp.load(worker.url + "/agent/run").failures
        let idle = try ResidentMemory(of: worker.process).now

        let load = Wrk(connections: runs, duration: .seconds(300), sessions: .init(slots: 2 * runs))
        let (summary, rate) = try await load.load(worker.url + "/agent/run") {
            // Until all connections are there and the first answers are out.
            try await Task.sleep(for: .seconds(10))
            return try await RequestCounter(model).perSecond(over: scale.cycles * runs, patience: .seconds(60))
        }
        failures += summary.failures
        let ideal = Double(runs) / Double(delay)
        let peak = try ResidentMemory(of: worker.process).peak
        return [
            Figure(.inFlight, "failed runs of 8,000 in flight", Double(failures), "count", .atMost(0)),
            Figure(.inFlight, "runs completed", rate, "1/s"),
            Figure(.inFlight, "share of the ideal rate", rate / ideal, "ratio", .atLeast(0.8)),
            Figure(.inFlight, "latency p50", summary.p50 / 1000, "ms"),
            Figure(.inFlight, "latency p99", summary.p99 / 1000, "ms"),
            Figure(.inFlight, "memory per run", (peak - idle) / Double(runs) / 1024, "KiB", .atMost(48)),
        ]
    }
}
