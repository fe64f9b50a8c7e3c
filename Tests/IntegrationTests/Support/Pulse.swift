import Synchronization

/// Tells for how long the machine has stood still: it wakes every ten milliseconds, and how late it does is that.
final class Pulse: Sendable {
    private final class Longest: Sendable { let duration = Mutex(Duration.zero) }

    private let longest: Longest
    private let beats: Task<Void, any Error>

    /// Beats until it is stopped.
    init() {
        let longest = Longest()
        self.longest = longest
        beats = Task {
            while true {
                let due = ContinuousClock.now + .milliseconds(10)
                try await Task.sleep(until: due)
                let late = ContinuousClock.now - due
                longest.duration.withLock { $0 = max($0, late) }
            }
        }
    }

    func stop() { beats.cancel() }

    /// The longest standstill since this was last asked.
    func standstill() -> Duration {
        longest.duration.withLock { longest in
            defer { longest = .zero }
            return longest
        }
    }
}
