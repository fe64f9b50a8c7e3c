import ArgumentParser

/// What is measured together, on servers of its own.
enum Group: String, CaseIterable, Sendable, ExpressibleByArgument {
    /// Turns per second against what the machine can do.
    case throughput
    /// What a turn adds to its round trips when it is alone.
    case latency
    /// What a turn of a long conversation moves between worker and Redis.
    case bytes
    /// Thousands of runs that wait for the model.
    case inFlight = "in-flight"
    /// Memory over many turns.
    case memory
    /// The C session store and the history scan by themselves.
    case parts

    func measure(_ scale: Scale) async throws -> [Figure] {
        switch self {
        case .throughput: try await Throughput(scale).measure()
        case .latency: try await Latency(scale).measure()
        case .bytes: try await WireBytes(scale).measure()
        case .inFlight: try await InFlight(scale).measure()
        case .memory: try await FlatMemory(scale).measure()
        case .parts: try await Parts().measure()
        }
    }
}

/// How much is done for each figure.
struct Scale: Sendable {
    /// Rounds whose median counts, and how long each load lasts.
    var rounds = 3
    var roundDuration = Duration.seconds(4)
    /// Turns timed by themselves, per length of history.
    var turns = 200
    /// How often each of the runs in flight comes round while they are counted.
    var cycles = 4
    /// Turns while the memory is watched.
    var watchedTurns = 100_000

    static let short = Scale()
    static let soak = Scale(
        rounds: 7,
        roundDuration: .seconds(10),
        turns: 1000,
        cycles: 15,
        watchedTurns: 1_000_000
    )
}
