/// What `work` returns, whatever happens to the calling task meanwhile: for what must be brought to its end once it has
/// begun. The caller waits for it, so that it is bounded by `work` alone and nothing is left behind.
package func uncancelled<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) async -> Result {
    await Task.inheriting { await work() }.value
}
