import Glibc

/// Time as calls need it, replaced in tests.
struct Pause: Sendable {
    var now: @Sendable () -> ContinuousClock.Instant = { .now }
    /// Waits between attempts, or for other calls; `false` when the task was cancelled meanwhile.
    var wait: @Sendable (Duration) async -> Bool
    /// Waits for what is raced with the reading of a body; returns early when the task is cancelled.
    var limit: @Sendable (Duration) async -> Void = { duration in try? await Task.sleep(for: duration) }
    /// The wall clock, for headers that name a moment.
    var secondsSince1970: @Sendable () -> Int

    static let real = Pause(
        wait: { duration in (try? await Task.sleep(for: duration)) != nil },
        secondsSince1970: { time(nil) }
    )
}
