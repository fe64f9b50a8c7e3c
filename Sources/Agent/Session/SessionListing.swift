/// Which sessions an operator asks for, and from where on.
package struct SessionQuery: Sendable {
    /// Only this principal's sessions; `nil`: all, those without an owner too.
    package var owner: Principal?
    /// Where the page before ended; `nil`: from the beginning.
    package var cursor: SessionCursor?
    /// How many sessions the page may hold, at least 1. More come only when a store meets a great many at once.
    package var limit: Int

    package init(owner: Principal? = nil, cursor: SessionCursor? = nil, limit: Int = 100) {
        self.owner = owner
        self.cursor = cursor
        self.limit = limit
    }
}

/// A part of a list of sessions, in no order.
///
/// What has a history from the first page to the last is on one of them at least; it may be on two. What comes or goes
/// meanwhile may be on one. A page may hold less than was asked for, or nothing: the list ends where there is no cursor.
package struct SessionPage: Sendable, Equatable {
    package var sessions: [SessionSummary]
    /// Where the next page begins; `nil` after the last one.
    package var cursor: SessionCursor?

    package init(sessions: [SessionSummary], cursor: SessionCursor?) {
        self.sessions = sessions
        self.cursor = cursor
    }
}

/// A session as an operator sees it: what it is, not what was said in it.
package struct SessionSummary: Sendable, Equatable {
    package var session: SessionID
    /// The principal's text; `nil` for a session that another program created and nobody has run yet.
    package var owner: String?
    /// Turns committed; `nil`, as are the times, when none was.
    package var turns: Int?
    /// Seconds since 1970, UTC.
    package var createdAt: Int?
    /// When the last turn was committed.
    package var updatedAt: Int?
    /// Whole seconds until the session expires; `nil`: it does not.
    package var expiresIn: Int?
    /// The size of the history.
    package var bytes: Int
    /// The run that is under way in the session.
    package var activeRun: String?
    /// Runs that wait behind it.
    package var waiting: Int

    package init(
        session: SessionID,
        owner: String?,
        turns: Int?,
        createdAt: Int?,
        updatedAt: Int?,
        expiresIn: Int?,
        bytes: Int,
        activeRun: String? = nil,
        waiting: Int = 0
    ) {
        self.session = session
        self.owner = owner
        self.turns = turns
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.expiresIn = expiresIn
        self.bytes = bytes
        self.activeRun = activeRun
        self.waiting = waiting
    }
}

/// Where a page of a list ended. Means something to the store that made it alone; any other takes it for some place.
///
/// As text `position~session~session…`: a store looks at many sessions at once and cannot stop between two of them, so
/// that those it has met and not yet told of come along. All of it may stand in a URL as it is.
package struct SessionCursor: Sendable, Equatable, CustomStringConvertible {
    /// Where to look next; `nil` when only those met before are left.
    package var position: UInt64?
    /// Sessions that were met and belong to the next page.
    package var met: [SessionID]

    /// How many sessions may come along: what a URL has room for.
    package static let most = 32

    package init(position: UInt64?, met: [SessionID] = []) {
        self.position = position
        self.met = met
    }

    /// `nil` when `text` cannot have come from a cursor.
    package init?(_ text: String) {
        let parts = text.split(separator: "~", omittingEmptySubsequences: false)
        let met = parts.dropFirst().compactMap { SessionID(String($0)) }
        let position = UInt64(parts[0])
        // What is read is what was written: neither `+1` nor `01` is.
        guard met.count == parts.count - 1, met.count <= Self.most, position != nil || !met.isEmpty,
            parts[0] == position.map(String.init) ?? ""
        else { return nil }
        self.init(position: position, met: met)
    }

    package var description: String {
        ([position.map(String.init) ?? ""] + met.map(\.text)).joined(separator: "~")
    }
}
