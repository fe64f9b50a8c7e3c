import Agent

/// What became of the calls that had a key, so that the same key never does the same write twice. Bounded in number, in
/// bytes and in age; what is under way is never forgotten.
struct CallMemory: Sendable {
    struct Limits: Sendable {
        var entries = 10_000
        var bytes = 32 * 1_048_576
        /// Milliseconds that a result is kept.
        var age = 24 * 3_600_000
    }

    /// What a call with a key has to do.
    enum Step: Equatable, Sendable {
        /// Do it, and say how it ended.
        case run
        /// It was begun once and its end is not known: look for it, and say what was found.
        case look(startedAt: Int)
        /// Another is at it: ask again when that one has ended.
        case wait
        /// It is done: this came of it.
        case replay(ToolResult)
        /// The key belongs to another call.
        case differs
        /// Nothing can be forgotten to make room.
        case full
    }

    private enum Fate {
        case underWay
        case unknown
        case known(ToolResult)
    }

    private struct Entry {
        let fingerprint: [UInt8]
        let startedAt: Int
        var fate: Fate
        /// When it was settled, milliseconds.
        var settledAt = 0
        /// Its place in `order`; `nil` while it is under way.
        var turn: Int?

        var bytes: Int {
            guard case .known(let result) = fate else { return fingerprint.count }
            return fingerprint.count + result.text.utf8.count
        }
    }

    private let limits: Limits
    private var entries: [String: Entry] = [:]
    private var bytes = 0
    /// The keys in the order in which they were settled; one whose entry has another turn by now is stale.
    private(set) var order: [(turn: Int, key: String)] = []
    /// Where in `order` to look for the one that was settled first.
    private var oldest = 0
    private var nextTurn = 0

    init(limits: Limits = Limits()) { self.limits = limits }

    /// - Parameters:
    ///   - startedAt: when the caller first began it, for a later look.
    ///   - now: milliseconds, on any clock that does not run backwards.
    mutating func begin(_ key: String, _ fingerprint: [UInt8], startedAt: Int, now: Int) -> Step {
        forget(now: now)
        if let entry = entries[key] {
            guard entry.fingerprint == fingerprint else { return .differs }
            switch entry.fate {
            case .underWay: return .wait
            case .known(let result): return .replay(result)
            case .unknown:
                entries[key]?.fate = .underWay
                entries[key]?.turn = nil
                return .look(startedAt: entry.startedAt)
            }
        }
        while entries.count >= limits.entries || bytes + fingerprint.count > limits.bytes {
            guard forgetOldest() else { return .full }
        }
        let entry = Entry(fingerprint: fingerprint, startedAt: startedAt, fate: .underWay)
        bytes += entry.bytes
        entries[key] = entry
        return .run
    }

    /// What a call ended with that was told to run or to look.
    mutating func settle(_ key: String, _ result: ToolResult, now: Int) {
        guard var entry = entries[key], case .underWay = entry.fate else { return }
        // The next attempt may bring a better token.
        guard !result.isUnauthorized || result.mayHaveWritten || !result.created.isEmpty else {
            // Nothing was done.
            remove(key)
            return
        }
        let isOpen = result.isUnfinished || (result.isUnauthorized && result.mayHaveWritten)
        var kept = result
        kept.isUnauthorized = false
        bytes -= entry.bytes
        entry.fate = isOpen ? .unknown : .known(kept)
        entry.settledAt = now
        entry.turn = nextTurn
        bytes += entry.bytes
        entries[key] = entry
        order.append((nextTurn, key))
        nextTurn += 1
        while bytes > limits.bytes, forgetOldest() {}
        dropStale()
    }

    /// What is known of a key, for a call that is only looked for; `nil`: nothing.
    func known(_ key: String, _ fingerprint: [UInt8]) -> Step? {
        guard let entry = entries[key] else { return nil }
        guard entry.fingerprint == fingerprint else { return .differs }
        switch entry.fate {
        case .underWay: return .wait
        case .known(let result): return .replay(result)
        case .unknown: return .look(startedAt: entry.startedAt)
        }
    }

    // MARK: Forgetting

    private mutating func forget(now: Int) {
        while let (key, entry) = oldestSettled(), now - entry.settledAt >= limits.age { remove(key) }
    }

    private mutating func forgetOldest() -> Bool {
        guard let (key, _) = oldestSettled() else { return false }
        remove(key)
        return true
    }

    private mutating func oldestSettled() -> (key: String, entry: Entry)? {
        while oldest < order.count {
            let (turn, key) = order[oldest]
            if let entry = entries[key], entry.turn == turn { return (key, entry) }
            oldest += 1
        }
        return nil
    }

    private mutating func remove(_ key: String) {
        if let entry = entries.removeValue(forKey: key) { bytes -= entry.bytes }
    }

    /// Keeps the order about as long as there are entries, though a key may be settled many times.
    private mutating func dropStale() {
        guard order.count > 2 * entries.count + 64 else { return }
        order = order[oldest...].filter { entries[$0.key]?.turn == $0.turn }
        oldest = 0
    }
}
