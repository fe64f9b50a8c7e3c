import Synchronization

/// What a worker has of a session's history while it asks for a turn.
///
/// The store may be asked several times, and another turn of the session may run on this worker meanwhile: each question
/// names what is there by then, and holds on to it, since the cache may give it up before the answer is there.
final class KnownHistory: Sendable {
    private let session: SessionID
    private let cache: NearCache
    private let timer: RunTimer
    private let named = Mutex<NearHistories.Entry?>(nil)

    init(of session: SessionID, in cache: NearCache, timer: RunTimer) {
        self.session = session
        self.cache = cache
        self.timer = timer
    }

    /// The version that is there now.
    func name() -> HistoryVersion? {
        let found = cache.find(session, now: timer.now())
        named.withLock { $0 = found }
        return found?.version
    }

    /// Takes the history that was named last out of the cache: it is to become the next one, without a copy.
    func take() -> Conversation? {
        cache.drop(session)
        return named.withLock { $0.take() }?.history
    }
}
