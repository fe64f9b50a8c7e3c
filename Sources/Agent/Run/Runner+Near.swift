/// What this worker keeps of the sessions that it serves.
extension Runner {
    /// What is here of the request's session; `nil` for a turn of no session, or without a near cache.
    func knownHistory(of request: RunRequest) -> KnownHistory? {
        guard let near, let session = request.session else { return nil }
        return KnownHistory(of: session, in: near, timer: timer)
    }

    /// Keeps the history that the request's run has stored.
    func remember(_ history: Conversation, storedBy request: RunRequest, timeToLive: Int) {
        guard let near, let session = request.session else { return }
        let now = timer.now()
        let entry = NearHistories.Entry(
            version: HistoryVersion(storedBy: request.runID),
            history: history,
            owner: request.principal,
            // A hundred years are for ever.
            end: now + .seconds(min(max(timeToLive, 0), 3_155_760_000))
        )
        near.keep(entry, of: session, now: now)
    }
}
