extension Conversation {
    /// This history, as it was loaded, in a state in which, followed by a prompt, the Messages API takes it, whatever program stored it; and
    /// what had to be done for that. Depends on nothing but the bytes.
    ///
    /// It starts with the user; each tool use has its result in the very next message, results first; no content and no
    /// text is empty; messages have a role and a content and nothing else; ids of calls are unique and well formed. What
    /// is right keeps its bytes. A history that needs nothing is returned as it is, without a look at its bytes: the scan
    /// that indexed it has noted what might be wrong.
    package func repaired() -> (conversation: Conversation, repairs: [Repair: Int]) {
        if suspicion.messages.isEmpty, !suspicion.hasLoneSurrogates { return (self, [:]) }
        var counts = RepairCounts()
        let readable = suspicion.hasLoneSurrogates ? withoutLoneSurrogates(&counts) : self
        var repair = HistoryRepair(readable, counts)
        return repair.run()
    }

    /// The same with `\ufffd` for each escape that is half of a surrogate pair; nothing moves.
    private func withoutLoneSurrogates(_ counts: inout RepairCounts) -> Conversation {
        var patched = stored
        counts.note(.loneSurrogate, times: patched.replaceLoneSurrogates())
        return (try? Conversation(stored: patched)) ?? Conversation()
    }
}

extension [UInt8] {
    /// Replaces each escaped half of a surrogate pair in this JSON text; how many there were.
    fileprivate mutating func replaceLoneSurrogates() -> Int {
        var replaced = 0
        var index = 0
        while index + 1 < count {
            guard self[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            guard let unit = escapedUnit(at: index) else {
                index += 2
                continue
            }
            if UTF16.isLeadSurrogate(unit), let next = escapedUnit(at: index + 6), UTF16.isTrailSurrogate(next) {
                index += 12
                continue
            }
            if UTF16.isLeadSurrogate(unit) || UTF16.isTrailSurrogate(unit) {
                replaceSubrange(index + 2..<index + 6, with: "fffd".utf8)
                replaced += 1
            }
            index += 6
        }
        return replaced
    }

    /// The value of the `\uXXXX` at `index`, if there is one.
    private func escapedUnit(at index: Int) -> UInt16? {
        guard index + 6 <= count, self[index] == UInt8(ascii: "\\"), self[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        return self[index + 2..<index + 6].reduce(0) { $0 << 4 | UInt16($1.hexDigitValue ?? 0) }
    }
}
