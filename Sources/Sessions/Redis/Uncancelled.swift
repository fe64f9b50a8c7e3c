/// Runs `work` to its end whether or not the caller is cancelled. The caller waits for it, and each command in it has
/// its time-out, so that it is bounded and nothing is left behind.
func uncancelled<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) async -> Result {
    await Task { await work() }.value
}
