import NIOCore
import Synchronization

/// Whether this worker still wants new work. Told before its listener closes, so that whoever asks `/ready`, or reads a
/// response's headers, goes elsewhere in time.
final class Drain: Sendable {
    private let hasBegun = Atomic(false)

    /// From ``begin()`` on, for good.
    var isDraining: Bool { hasBegun.load(ordering: .acquiring) }

    private let listener = Mutex<(any Channel)?>(nil)

    func begin() { hasBegun.store(true, ordering: .releasing) }

    /// The channel that connections come from; it has a ``ListenerDrain``.
    func listens(on channel: any Channel) { listener.withLock { $0 = channel } }

    /// Returns when the listener takes no more connections, and all that it took are handed over. The server must not be told
    /// to stop before: with no connection open for a moment it believes that it is done, and closes those that come then.
    func stopAccepting() async throws {
        try await listener.withLock { $0 }?.triggerUserOutboundEvent(ListenerDrain.StopAccepting()).get()
    }
}
