import Testing
import WebClient

@testable import Taiga

/// Transcripts of single calls.
@Suite struct CourseTests {
    private func code(_ action: APICourse.Action) -> TaigaError.Code? {
        if case .fail(let error) = action { error.code } else { nil }
    }

    @Test("An expired token is renewed once, and a fresh one that is refused ends the call")
    func expired() {
        var course = APICourse(isWrite: true)
        #expect(course.next(.answered(status: 401, wait: nil)) == .refresh)
        #expect(course.next(.refreshed(isFresh: true)) == .send)
        #expect(course.next(.answered(status: 201, wait: nil)) == .deliver)

        course = APICourse(isWrite: false)
        #expect(course.next(.answered(status: 401, wait: nil)) == .refresh)
        #expect(course.next(.refreshed(isFresh: true)) == .send)
        #expect(code(course.next(.answered(status: 401, wait: nil))) == .unauthorized)

        // A pair that was renewed earlier may have expired as well.
        course = APICourse(isWrite: false)
        #expect(course.next(.answered(status: 401, wait: nil)) == .refresh)
        #expect(course.next(.refreshed(isFresh: false)) == .send)
        #expect(course.next(.answered(status: 401, wait: nil)) == .refresh)
        #expect(course.next(.refreshed(isFresh: true)) == .send)
        #expect(course.next(.answered(status: 200, wait: nil)) == .deliver)

        // Whatever happens, it ends.
        course = APICourse(isWrite: false)
        for _ in 0..<3 {
            #expect(course.next(.answered(status: 401, wait: nil)) == .refresh)
            #expect(course.next(.refreshed(isFresh: false)) == .send)
        }
        #expect(code(course.next(.answered(status: 401, wait: nil))) == .unauthorized)
    }

    @Test("A refresh that is refused is final, one that failed leaves the write undone")
    func refreshFails() {
        var course = APICourse(isWrite: true)
        _ = course.next(.answered(status: 401, wait: nil))
        #expect(code(course.next(.refused)) == .unauthorized)
        _ = course.next(.answered(status: 401, wait: nil))
        #expect(code(course.next(.refreshFailed("x"))) == .unavailable)
    }

    @Test("A short throttle is waited for once, a long one is told")
    func throttled() {
        var course = APICourse(isWrite: true)
        #expect(course.next(.answered(status: 429, wait: 2)) == .sendAfter(.seconds(2)))
        #expect(code(course.next(.answered(status: 429, wait: 1))) == .unavailable)
        for wait in [nil, 4, 3600] {
            var course = APICourse(isWrite: true)
            let action = course.next(.answered(status: 429, wait: wait))
            #expect(code(action) == .unavailable)
            if let wait, case .fail(let error) = action { #expect(error.message.contains("\(wait) seconds")) }
        }
    }

    @Test("What reached Taiga is an unknown outcome for a write; a read is sent once more where that may help")
    func broken() {
        for event in [
            APICourse.Event.answered(status: 500, wait: nil), .answered(status: 502, wait: nil),
            .answered(status: 504, wait: nil), .failed(.closed), .failed(.deadline), .failed(.malformed),
            .failed(.tooLarge), .failed(.stopped),
        ] {
            var write = APICourse(isWrite: true)
            #expect(code(write.next(event)) == .unknownOutcome, "\(event)")
        }
        for event in [APICourse.Event.answered(status: 503, wait: nil), .failed(.closed)] {
            var read = APICourse(isWrite: false)
            #expect(read.next(event) == .send)
            #expect(code(read.next(event)) == .unavailable)
        }
        var read = APICourse(isWrite: false)
        #expect(code(read.next(.failed(.deadline))) == .unavailable)
        #expect(code(read.next(.answered(status: 500, wait: nil))) == .unavailable)
    }

    @Test("What never left is no unknown outcome")
    func notSent() {
        for reason in [WebError.Code.connect, .tls, .overloaded, .invalid] {
            var course = APICourse(isWrite: true)
            #expect(code(course.next(.failed(reason))) == .unavailable)
        }
        var course = APICourse(isWrite: true)
        #expect(code(course.next(.failed(.cancelled))) == .cancelled)
    }

    @Test("Other answers are the caller's to read", arguments: [200, 204, 301, 400, 403, 404, 451])
    func delivered(status: Int) {
        var course = APICourse(isWrite: true)
        #expect(course.next(.answered(status: status, wait: nil)) == .deliver)
    }
}
