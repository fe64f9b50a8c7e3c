extension SessionControl {
    /// The run that holds the lease.
    package func activeRun(now: Int) -> RunID? { isHeld(now: now) ? holder?.run : nil }

    /// Who owns what was committed, as text.
    package var ownerOfHistory: String? { owner }

    /// Whether anything in the session is the principal's: its history, the turn under way, or what a lost worker had done.
    package func concerns(_ principal: Principal) -> Bool {
        [owner, holder?.principal, journal.owner].contains(principal.text)
    }
}
