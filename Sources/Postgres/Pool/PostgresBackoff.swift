/// How long to wait before the next attempt to connect: doubled after each failure, between half of it and all of it,
/// so that many workers do not come back at the same moment.
package struct PostgresBackoff: Sendable, Equatable {
    /// The longest pause after the first failure, in milliseconds.
    package var firstMilliseconds = 50
    /// The longest pause at all, in milliseconds. With an attempt on top it decides how long after PostgreSQL we are back.
    package var longestMilliseconds = 800

    package init() {}

    /// The pause after the `failures`th failure in a row (1 is the first); `jitter` is in 0..<1.
    func milliseconds(failures: Int, jitter: Double) -> Int {
        let doublings = min(max(failures - 1, 0), 20)
        let ceiling = min(firstMilliseconds << doublings, longestMilliseconds)
        return ceiling / 2 + Int(Double(ceiling - ceiling / 2) * jitter)
    }
}
