extension SessionControl {
    /// The run that holds the lease.
    package func activeRun(now: Int) -> RunID? { isHeld(now: now) ? holder?.run : nil }

    /// Who owns what was committed, as text.
    package var ownerOfHistory: String? { owner }
}
