import Agent
import Testing

@testable import API

/// What a follower sends and when it looks again, as transcripts.
@Suite struct EventFollowerTests {
    private let start = ContinuousClock.now
    private let heartbeat = Duration.seconds(15)
    private let retry = Duration.milliseconds(500)

    private func follower(after cursor: Int = 0) -> EventFollower {
        EventFollower(after: cursor, heartbeat: heartbeat, retry: retry, at: start)
    }

    private func event(_ number: Int, bytes: Int = 5) -> NumberedEvent {
        NumberedEvent(number: number, event: EncodedEvent(name: "e", data: Array(repeating: 0x20, count: bytes)))
    }

    private func page(_ numbers: [Int], _ end: EventPage.End = .open) -> EventFollower.Input {
        .page(EventPage(events: numbers.map { event($0) }, end: end))
    }

    private func after(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test func eventsGoOutAndThenItWaits() {
        var follower = follower()
        #expect(
            follower.next(page([1, 2]), at: start)
                == .init(frames: [.event(event(1)), .event(event(2))], next: .wait(until: after(2)))
        )
        #expect(follower.cursor == 2)
        #expect(follower.next(page([]), at: after(2)) == .init(frames: [], next: .wait(until: after(4))))
        #expect(
            follower.next(page([3], .ended), at: after(3)) == .init(frames: [.event(event(3))], next: .end(.finished))
        )
    }

    @Test func afterAFullPageItLooksAtOnce() {
        var follower = follower()
        let full = EventPage(events: [event(1, bytes: EventPage.size)], end: .open)
        #expect(follower.next(.page(full), at: start).next == .look)
    }

    @Test func whatIsMissingIsTold() {
        var follower = follower(after: 3)
        #expect(
            follower.next(page([8, 9, 12]), at: start).frames == [
                .gap(from: 4, to: 7), .event(event(8)), .event(event(9)), .gap(from: 10, to: 11), .event(event(12)),
            ]
        )
        #expect(follower.cursor == 12)
    }

    @Test func noEventGoesOutTwice() {
        var follower = follower(after: 5)
        #expect(follower.next(page([4, 5, 6]), at: start).frames == [.event(event(6))])
        #expect(follower.next(page([5, 6], .ended), at: start) == .init(frames: [], next: .end(.finished)))
    }

    @Test func aLostRunEndsWithoutAnID() {
        var follower = follower()
        let doubt = EventFollower.doubt
        #expect(follower.next(page([1], .lost), at: start).frames == [.event(event(1))])
        #expect(follower.next(page([], .lost), at: start + doubt - .seconds(1)).frames == [])
        #expect(
            follower.next(page([], .lost), at: start + doubt)
                == .init(frames: [.failed(.workerLost)], next: .end(.workerLost))
        )
    }

    @Test func aRunThatIsHeardOfAgainWasNotLost() {
        var follower = follower()
        let doubt = EventFollower.doubt
        #expect(follower.next(page([], .lost), at: start).frames == [])
        #expect(follower.next(page([1], .open), at: start + doubt / 2).frames == [.event(event(1))])
        #expect(follower.next(page([], .lost), at: start + doubt).frames == [])
        #expect(follower.next(.failed, at: start + doubt * 3 / 2).frames == [])
        #expect(follower.next(page([], .lost), at: start + doubt * 2).frames == [])
    }

    @Test func aForgottenRunEnds() {
        var follower = follower(after: 2)
        #expect(follower.next(.gone, at: start) == .init(frames: [.failed(.notFound)], next: .end(.runGone)))
    }

    @Test func aDrainingWorkerSendsItsReadersAway() {
        var follower = follower()
        _ = follower.next(page([1]), at: start)
        #expect(follower.next(.draining, at: start) == .init(frames: [.retry(retry)], next: .end(.draining)))
    }

    @Test func silenceIsBrokenInTime() {
        var follower = follower()
        #expect(follower.next(page([]), at: after(14)) == .init(frames: [], next: .wait(until: after(15))))
        #expect(follower.next(page([]), at: after(15)) == .init(frames: [.heartbeat], next: .wait(until: after(17))))
        // An event counts as well as a comment.
        #expect(follower.next(page([1]), at: after(29)).frames == [.event(event(1))])
        #expect(follower.next(page([]), at: after(43)) == .init(frames: [], next: .wait(until: after(44))))
        #expect(follower.next(page([]), at: after(44)).frames == [.heartbeat])
    }

    @Test func aStoreMayFailForAWhile() {
        var follower = follower()
        for _ in 1..<EventFollower.mostFailures {
            #expect(follower.next(.failed, at: start) == .init(frames: [], next: .wait(until: after(2))))
        }
        #expect(follower.next(page([1]), at: start).frames == [.event(event(1))])
        for _ in 1..<EventFollower.mostFailures { _ = follower.next(.failed, at: start) }
        #expect(
            follower.next(.failed, at: start) == .init(frames: [.retry(retry)], next: .end(.storeUnavailable))
        )
    }

    @Test func silenceIsBrokenWhileTheStoreIsAway() {
        var follower = follower()
        #expect(follower.next(.failed, at: after(16)).frames == [.heartbeat])
    }
}
