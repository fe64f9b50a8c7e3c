import Agent

extension SessionPage {
    /// The first `limit` of what was found; the others go along to the next page, as far as its cursor takes them.
    /// - Parameter next: where to look next; `nil` when everything was looked at.
    init(_ found: [SessionSummary], upTo limit: Int, next: UInt64?) {
        let limit = max(limit, found.count - SessionCursor.most)
        let left = found.dropFirst(limit).map(\.session)
        let isEnd = next == nil && left.isEmpty
        self.init(
            sessions: Array(found.prefix(limit)),
            cursor: isEnd ? nil : SessionCursor(position: next, met: left)
        )
    }
}

extension SessionSummary {
    /// Whether the session belongs on a list of `principal`'s; all do on a list of everyone's.
    func isOwned(by principal: Principal?) -> Bool { principal.map { $0.text == owner } ?? true }
}
