/// Who asks, as verified; the owner of a session is the principal that started it.
package struct Principal: Hashable, Sendable, CustomStringConvertible {
    /// As it is stored: printable ASCII without white space.
    package let text: String

    /// The principal behind a user id of the project-management system.
    package init(userID: Int) { text = "user:\(userID)" }

    /// `nil` when `text` is not that of a principal.
    package init?(_ text: String) {
        guard text.hasPrefix("user:"), let id = Int(text.dropFirst("user:".count)), id > 0 else { return nil }
        self.init(userID: id)
        guard self.text == text else { return nil }
    }

    package var description: String { text }
}

/// Who reads or clears a session.
package enum Caller: Sendable, Equatable {
    /// May touch their own sessions, and those that have no owner.
    case principal(Principal)
    /// Nobody is asked to show who they are (`AUTH=off`): may touch every session whose id they know.
    case anyone
    /// May touch every session.
    case `operator`

    /// Whose sessions alone may be touched; `nil`: no one's in particular.
    package var principal: Principal? { if case .principal(let principal) = self { principal } else { nil } }
}
