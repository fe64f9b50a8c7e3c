extension RunTimer {
    /// What `work` returns, or `nil` when `deadline` comes first: `work` is then cancelled, and waited for.
    func bounded<Result: Sendable>(
        by deadline: ContinuousClock.Instant,
        _ work: @escaping @Sendable () async -> Result
    ) async -> Result? {
        await withTaskGroup(of: Result?.self) { group in
            group.addTask { await work() }
            group.addTask { [sleep] in
                try? await sleep(deadline)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
