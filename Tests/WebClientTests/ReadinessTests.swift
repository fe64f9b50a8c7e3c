import Testing

@testable import WebClient

@Suite struct ReadinessTests {
    @Test func aSocketThatCannotBeWatchedIsReported() throws {
        let readiness = try Readiness(wakeUp: try WakeUp())
        let isWatched = readiness.watch(-1, tag: 0, reading: true, writing: false)
        #expect(!isWatched)
    }
}
