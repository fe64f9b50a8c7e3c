import Synchronization

/// A clock that a test moves.
final class ManualClock: Sendable {
    private let time = Atomic(1_750_000_000_000)

    /// Milliseconds since 1970.
    var milliseconds: Int { time.load(ordering: .sequentiallyConsistent) }

    func advance(milliseconds: Int) { time.add(milliseconds, ordering: .sequentiallyConsistent) }
    func advance(seconds: Int) { advance(milliseconds: seconds * 1000) }
}
