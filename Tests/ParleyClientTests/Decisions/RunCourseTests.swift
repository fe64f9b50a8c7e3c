import Testing

@testable import ParleyClient

/// Transcripts: what came of the last thing, and what is to be done and told now.
@Suite struct RunCourseTests {
    private let now = ContinuousClock.now
    private let cut = ParleyError(.unreachable, "cut")
    private let down = ParleyError(.storeUnavailable, "down")
    private let lost = ParleyError(.workerLost, "lost")
    private let unauthorized = ParleyError(.unauthorized, "who?")

    private func course(bearsBusySession: Bool = true, attempts: Int = 3) -> RunCourse {
        let policy = ParleyClient.RetryPolicy(attempts: attempts, firstWait: .seconds(1))
        return RunCourse(bearsBusySession: bearsBusySession, policy: policy, at: now)
    }

    private func answer(_ summary: String, run: String = "a") throws -> ParleyClient.Answer {
        try .parsed(#"{"summary": "\#(summary)", "run_id": "\#(run)"}"#)
    }

    private func started(_ run: String) -> ParleyClient.Event { .started(runID: run, sessionID: "s") }

    @Test func anAnswerIsReadToItsEnd() throws {
        var course = course()
        #expect(course.first == .post)
        #expect(course.next(.streaming) == .init(next: .read))
        #expect(course.next(.event(started("a"), id: "1-0")) == .init(events: [started("a")], next: .read))
        #expect(course.next(.event(.text("Hi"), id: "2-0")) == .init(events: [.text("Hi")], next: .read))
        let end = ParleyClient.Event.finished(try answer("Hi"))
        #expect(course.next(.event(end, id: "3-0")) == .init(events: [end], next: .finish))
        #expect(course.runID == "a")
    }

    @Test func aCutStreamGoesOnBehindWhatWasTold() throws {
        var course = course()
        _ = course.next(.streaming)
        _ = course.next(.event(started("a"), id: "1-0"))
        _ = course.next(.event(.text("Hi"), id: "9-0"))
        #expect(course.next(.broken(cut, retry: nil)).next == .rest(.seconds(1)))
        #expect(course.next(.rested).next == .follow(run: "a", after: "9-0"))
        #expect(course.next(.streaming).next == .read)
        // Told before, by whoever tells more than was asked for.
        #expect(course.next(.event(.text("Hi"), id: "9-0")) == .init(next: .read))
        #expect(course.next(.event(.text(" you"), id: "10-0")) == .init(events: [.text(" you")], next: .read))
        // What is read again has no tokens: they are asked for.
        let plain = ParleyClient.Event.finished(try answer("plain"))
        #expect(course.next(.event(plain, id: "11-0")) == .init(next: .collect))
        let whole = try answer("whole")
        #expect(course.next(.answered(whole)) == .init(events: [.finished(whole)], next: .finish))
    }

    @Test func anAnswerWithoutTokensIsBetterThanNone() throws {
        let plain = try answer("plain")
        func collecting() -> RunCourse {
            var course = course()
            _ = course.next(.streaming)
            _ = course.next(.event(started("a"), id: "1-0"))
            _ = course.next(.broken(cut, retry: nil))
            _ = course.next(.rested)
            _ = course.next(.streaming)
            #expect(course.next(.event(.finished(plain), id: "2-0")).next == .collect)
            return course
        }
        let end = RunCourse.Step(events: [.finished(plain)], next: .finish)
        var refused = collecting()
        #expect(refused.next(.refused(ParleyError(.cleared, "gone"), hasNewerTokens: false)) == end)
        var broken = collecting()
        #expect(broken.next(.broken(cut, retry: nil)) == .init(next: .rest(.seconds(1))))
        #expect(broken.next(.rested).next == .collect)
        #expect(broken.next(.refused(down, hasNewerTokens: false)) == end)
    }

    @Test func aStreamThatIsCutBeforeTheRunHasANameIsAskedForAgain() {
        var course = course()
        _ = course.next(.streaming)
        #expect(course.next(.broken(cut, retry: .seconds(5))).next == .rest(.seconds(6.25)))
        #expect(course.next(.rested).next == .post)
        #expect(course.next(.broken(cut, retry: nil)).next == .rest(.seconds(2)))
        #expect(course.next(.rested).next == .post)
        #expect(course.next(.broken(cut, retry: nil)).next == .fail(cut))
    }

    @Test func aRunWhoseWorkerDiedIsAskedForAgainAndMayBeAnotherOne() throws {
        var course = course()
        _ = course.next(.streaming)
        _ = course.next(.event(started("a"), id: "1-0"))
        _ = course.next(.event(.text("Hi"), id: "2-0"))
        _ = course.next(.broken(cut, retry: nil))
        _ = course.next(.rested)
        _ = course.next(.streaming)
        #expect(course.next(.failed(lost)).next == .rest(.seconds(2)))
        #expect(course.next(.rested).next == .post)
        #expect(course.next(.streaming).next == .read)
        // Its ids begin anew.
        #expect(course.next(.event(started("b"), id: "1-0")).events == [started("b")])
        #expect(course.next(.event(.text("Ho"), id: "2-0")).events == [.text("Ho")])
        #expect(course.next(.broken(cut, retry: nil)).next == .rest(.seconds(1)))
        #expect(course.next(.rested).next == .follow(run: "b", after: "2-0"))
    }

    @Test func theReplayOfTheSameRunTellsItsEndAlone() throws {
        var course = course()
        _ = course.next(.streaming)
        _ = course.next(.event(started("a"), id: "1-0"))
        _ = course.next(.broken(cut, retry: nil))
        _ = course.next(.rested)
        #expect(course.next(.refused(ParleyError(.notFound, "gone"), hasNewerTokens: false)).next == .rest(.seconds(2)))
        #expect(course.next(.rested).next == .post)
        _ = course.next(.streaming)
        #expect(course.next(.event(started("a"), id: nil)) == .init(next: .read))
        let end = ParleyClient.Event.finished(try answer("Hi"))
        #expect(course.next(.event(end, id: nil)) == .init(events: [end], next: .finish))
    }

    @Test func aWholeAnswerInPlaceOfAStreamIsTakenToo() throws {
        var course = course()
        let answer = try answer("Hi")
        let begin = ParleyClient.Event.started(runID: "a", sessionID: nil)
        #expect(course.next(.answered(answer)) == .init(events: [begin, .finished(answer)], next: .finish))
    }

    @Test func problemsThatPassAreWaitedForAndOthersAreTold() {
        var course = course()
        var busy = ParleyError(.sessionBusy, "busy")
        busy.retryAfter = .seconds(4)
        #expect(course.next(.refused(busy, hasNewerTokens: false)).next == .rest(.seconds(5)))
        #expect(course.next(.rested).next == .post)
        let invalid = ParleyError(.invalid, "no")
        #expect(course.next(.refused(invalid, hasNewerTokens: false)).next == .fail(invalid))

        var impatient = self.course(bearsBusySession: false)
        #expect(impatient.next(.refused(busy, hasNewerTokens: false)).next == .fail(busy))
        var unknown = ParleyError(.init(rawValue: "to-come"), "new")
        unknown.retryAfter = .zero
        var tolerant = self.course()
        #expect(tolerant.next(.refused(unknown, hasNewerTokens: false)).next == .rest(.seconds(1)))
    }

    @Test func tokensThatTheRunItselfReplacedDoNotEndIt() throws {
        // Another run of this client has newer ones.
        var other = course()
        #expect(other.next(.refused(unauthorized, hasNewerTokens: true)).next == .rest(.seconds(1)))
        // Nobody has.
        var dead = course()
        #expect(dead.next(.refused(unauthorized, hasNewerTokens: false)).next == .fail(unauthorized))
        // An attempt whose answer was lost may have.
        var uncertain = course(attempts: 5)
        #expect(uncertain.next(.broken(cut, retry: nil)).next == .rest(.seconds(1)))
        #expect(uncertain.next(.rested).next == .post)
        #expect(uncertain.next(.refused(unauthorized, hasNewerTokens: false)).next == .rest(.seconds(2)))
        // This run has, and they are in the answer that is not there yet.
        var own = course(attempts: 5)
        _ = own.next(.streaming)
        _ = own.next(.event(started("a"), id: "1-0"))
        _ = own.next(.broken(cut, retry: nil))
        _ = own.next(.rested)
        #expect(own.next(.refused(unauthorized, hasNewerTokens: false)).next == .rest(.seconds(2)))
        #expect(own.next(.rested).next == .post)
        #expect(own.next(.refused(unauthorized, hasNewerTokens: false)).next == .rest(.seconds(4)))
        #expect(own.next(.rested).next == .post)
    }

    @Test func aStreamThatHasNothingMoreLeadsBackToTheRequest() {
        var course = course()
        _ = course.next(.streaming)
        _ = course.next(.event(started("a"), id: "1-0"))
        _ = course.next(.broken(cut, retry: nil))
        _ = course.next(.rested)
        #expect(course.next(.nothingMore).next == .rest(.seconds(2)))
        #expect(course.next(.rested).next == .post)
    }

    @Test func whoeverOnlyWatchesNeverAsks() throws {
        func watcher() -> RunCourse { RunCourse(watching: "a", policy: .init(firstWait: .seconds(1)), at: now) }
        var course = watcher()
        #expect(course.first == .follow(run: "a", after: nil))
        #expect(course.next(.broken(cut, retry: nil)).next == .rest(.seconds(1)))
        #expect(course.next(.rested).next == .follow(run: "a", after: nil))
        _ = course.next(.streaming)
        #expect(course.next(.event(started("a"), id: "1-0")).events == [started("a")])
        let end = ParleyClient.Event.finished(try answer("Hi"))
        #expect(course.next(.event(end, id: "2-0")) == .init(events: [end], next: .finish))

        var late = watcher()
        #expect(late.next(.nothingMore).next == .finish)
        var stranger = watcher()
        let unknown = ParleyError(.notFound, "no")
        #expect(stranger.next(.refused(unknown, hasNewerTokens: false)).next == .fail(unknown))
        var mourner = watcher()
        _ = mourner.next(.streaming)
        #expect(mourner.next(.failed(lost)).next == .fail(lost))
    }

    @Test(arguments: [
        ("2-0", "1-0", true), ("10-0", "9-0", true), ("9-0", "10-0", false), ("1-0", "1-0", false),
        ("1-1", "1-0", true),
        ("b", "a", true), ("a", "a", false), ("1-0", "x", true),
    ])
    func idsGrow(_ id: String, _ other: String, follows: Bool) {
        #expect(EventID(id).follows(EventID(other)) == follows)
    }
}

extension RunCourse {
    /// With the longest waits, at the time of the begin.
    fileprivate mutating func next(_ input: Input) -> Step { next(input, at: .now, jitter: 1) }
}
