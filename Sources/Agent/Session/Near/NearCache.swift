import Synchronization

/// The histories that this worker has served last, scanned as they are: a turn that finds its session's here needs no
/// byte of it from the store, if the store says that it is still the one. See ``NearHistories`` for what is kept.
package final class NearCache: Sendable {
    /// 64 MiB.
    package static let defaultBytes = 67_108_864

    private let histories: Mutex<NearHistories>

    /// - Parameter mostBytes: what may be held, everything counted.
    package init(mostBytes: Int = defaultBytes) { histories = Mutex(NearHistories(mostBytes: mostBytes)) }

    /// Bytes held, estimated from above.
    package var bytes: Int { histories.withLock { $0.bytes } }
    /// Histories held.
    package var count: Int { histories.withLock { $0.count } }

    func keep(_ entry: NearHistories.Entry, of session: SessionID, now: ContinuousClock.Instant) {
        _ = histories.withLock { $0.keep(entry, of: session, now: now) }
    }

    func find(_ session: SessionID, now: ContinuousClock.Instant) -> NearHistories.Entry? {
        histories.withLock { $0.find(session, now: now) }
    }

    func drop(_ session: SessionID) { _ = histories.withLock { $0.drop(session) } }

    func drop(ownedBy owner: Principal) { _ = histories.withLock { $0.drop(ownedBy: owner) } }
}
