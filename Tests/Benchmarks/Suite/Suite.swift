import Benchmark
import Workloads

/// What `swift package benchmark` runs: each workload, one pass to a sample.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = Benchmark.Configuration(
        metrics: [.wallClock, .throughput, .instructions],
        maxDuration: .seconds(1)
    )
    for workload in Workload.all {
        Benchmark(workload.name) { benchmark, passes in
            blackHole(try await passes(1))
        } setup: {
            try workload.prepare()
        }
    }
}
