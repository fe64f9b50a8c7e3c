import Glibc

/// Time as retries need it, replaced in tests.
struct Pause: Sendable {
    /// Waits; `false` when the task was cancelled meanwhile.
    var wait: @Sendable (Duration) async -> Bool
    /// The wall clock, for headers that name a moment.
    var secondsSince1970: @Sendable () -> Int

    static let real = Pause(
        wait: { duration in (try? await Task.sleep(for: duration)) != nil },
        secondsSince1970: { time(nil) }
    )
}
