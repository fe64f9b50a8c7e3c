import Synchronization

/// Whether this worker still wants new work. Told before its listener closes, so that whoever asks `/ready`, or reads a
/// response's headers, goes elsewhere in time.
final class Drain: Sendable {
    private let hasBegun = Atomic(false)

    /// From ``begin()`` on, for good.
    var isDraining: Bool { hasBegun.load(ordering: .acquiring) }

    func begin() { hasBegun.store(true, ordering: .releasing) }
}
