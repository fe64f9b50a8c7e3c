import Logging

/// Keeps what a run does where another worker finds it. The journal begins with the first step that uses a tool: before
/// that there is nothing that would be done twice.
struct RunJournal: Sendable {
    enum Kept: Sendable, Equatable {
        case kept
        /// The store did not take it.
        case failed
        case ended(LeaseEnd)
    }

    let turn: JournalledTurn
    private let store: any SessionStore
    private let lease: Lease?
    private let timeToLive: Int
    private let patience: StorePatience
    /// Whether the first entry is there, or waits.
    private var isOpen: Bool
    private var waiting: [[UInt8]] = []

    /// - Parameters:
    ///   - isOpen: the store has a journal of this turn already.
    ///   - lease: `nil` for a turn of which nothing is stored; then nothing is kept.
    ///   - timeToLive: seconds that what is kept must outlive the worker.
    init(
        of turn: JournalledTurn,
        isOpen: Bool = false,
        store: any SessionStore,
        lease: Lease?,
        timeToLive: Int,
        patience: StorePatience
    ) {
        self.turn = turn
        self.isOpen = isOpen
        self.store = store
        self.lease = lease
        self.timeToLive = timeToLive
        self.patience = patience
    }

    /// Notes what happened, to be kept with the next ``keep(by:)``.
    mutating func add(_ entries: [JournalEntry]) {
        guard lease != nil, !entries.isEmpty else { return }
        if !isOpen { waiting.append(JournalEntry.turn(turn).encoded) }
        isOpen = true
        waiting += entries.map(\.encoded)
    }

    /// Takes back what was noted: the turn has failed, and done nothing.
    mutating func withdraw() async {
        guard isOpen else { return }
        add([.withdrawn])
        _ = await keep()
    }

    /// Writes what was noted. With a deadline it insists until then; without one it tries once, and what could not be
    /// written is written the next time.
    mutating func keep(by deadline: ContinuousClock.Instant? = nil) async -> Kept {
        guard let lease, !waiting.isEmpty else { return .kept }
        let append = { @Sendable [store, timeToLive, waiting] () async -> Result<Kept, StoreError> in
            do throws(StoreError) {
                let end = try await store.append(waiting, to: lease, timeToLive: timeToLive)
                return .success(end.map(Kept.ended) ?? .kept)
            } catch {
                return .failure(error)
            }
        }
        var kept: Kept?
        if let deadline {
            kept = await patience.timer.bounded(by: deadline) { [patience] in await patience.insist(append) } ?? nil
        } else if case .success(let value) = await append() {
            kept = value
        }
        if kept == .kept { waiting = [] }
        return kept ?? .failed
    }
}
