import Agent
import Testing
import WebClient

@testable import Anthropic

@Suite struct RetryTests {
    private func failure(_ status: Int, _ headers: WebHeaders = [:], _ body: String = "") -> CallFailure {
        CallFailure(status: status, headers: headers, body: Array(body.utf8), now: HTTPDate(seconds: 784_111_700))
    }

    @Test(arguments: [
        (400, ModelError.Code.refused, false), (401, .refused, false), (403, .refused, false), (404, .refused, false),
        (413, .refused, false), (408, .unavailable, true), (409, .unavailable, true), (429, .refused, false),
        (500, .unavailable, true), (502, .unavailable, true), (503, .unavailable, true), (504, .unavailable, true),
        (529, .overloaded, true), (302, .refused, false),
    ])
    func eachStatusHasItsKind(status: Int, code: ModelError.Code, isPassing: Bool) {
        let failure = failure(status)
        #expect(failure.code == code)
        #expect(failure.isPassing == isPassing)
        #expect(failure.message == "status \(status)")
    }

    @Test func theProvidersWordsAndNameAreKept() {
        let body = #"{"type":"error","error":{"type":"t","message":"one\ntwo"},"request_id":"x"}"#
        let failure = failure(400, ["Request-Id": "req_1"], body)
        #expect(failure.message == "status 400, t: one two")
        #expect(failure.requestID == "req_1")
    }

    @Test func aRateLimitPassesAndASpendingLimitDoesNot() {
        #expect(failure(429, ["retry-after": "3"]).isPassing)
        #expect(failure(429, ["retry-after": "3"]).code == .overloaded)
        #expect(!failure(429).isPassing)
        #expect(failure(429, ["x-should-retry": "true"]).isPassing)
    }

    @Test func onlyTheProvidersOwnRefusalsForLoadSlowOthersDown() {
        for overload in [
            failure(529), failure(529, ["x-should-retry": "false"]), failure(429, ["retry-after": "3"]),
            CallFailure(streamed: ["error": ["type": "overloaded_error"]]),
        ] { #expect(overload.isOverload) }
        for other in [
            failure(429), failure(500), failure(503, ["retry-after": "3"]), CallFailure(WebError(.overloaded, "m")),
            CallFailure(WebError(.connect, "m")), CallFailure(streamed: ["error": ["type": "api_error"]]),
        ] { #expect(!other.isOverload) }
    }

    @Test func theProvidersOrderCounts() {
        #expect(failure(400, ["x-should-retry": "true"]).isPassing)
        #expect(!failure(529, ["x-should-retry": "false"]).isPassing)
    }

    @Test(
        arguments: [
            (["retry-after": "2"], Duration.seconds(2)), (["retry-after": "0.5"], .milliseconds(500)),
            (["retry-after": "9", "retry-after-ms": "1500"], .milliseconds(1500)),
            (["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"], .seconds(77)),
            (["retry-after": "Sun, 06 Nov 1994 08:00:00 GMT"], .zero), (["retry-after": "soon"], nil),
            (["retry-after": "-1"], nil), (["retry-after": "nan"], nil), ([:], nil),
        ] as [([String: String], Duration?)]
    )
    func howLongToWait(fields: [String: String], expected: Duration?) {
        var headers = WebHeaders()
        for (name, value) in fields { headers.add(name, value) }
        // 06 Nov 1994 08:48:20
        #expect(RetryAfter.duration(in: headers, now: HTTPDate(seconds: 784_111_700)) == expected)
    }

    @Test func datesAreReadOrRefused() {
        #expect(HTTPDate("Thu, 01 Jan 1970 00:00:00 GMT")?.seconds == 0)
        #expect(HTTPDate("Thu, 29 Feb 2024 12:00:00 GMT")?.seconds == 1_709_208_000)
        #expect(HTTPDate("Sun, 06 Nov 1994 08:49:37 UTC") == nil)
        #expect(HTTPDate("Sun, 06 Nov 1994 25:49:37 GMT") == nil)
        #expect(HTTPDate("Sunday, 06-Nov-94 08:49:37 GMT") == nil)
    }

    @Test func policy() {
        let policy = RetryPolicy(maxRetries: 2)
        func decide(_ failure: CallFailure, _ retries: Int, _ left: Duration = .seconds(30), _ jitter: Double = 0)
            -> RetryPolicy.Decision
        { policy.decide(failure, retries: retries, left: left, jitter: jitter) }

        #expect(decide(failure(503), 0) == .retry(after: .milliseconds(375)))
        #expect(decide(failure(503), 0, .seconds(30), 1) == .retry(after: .milliseconds(500)))
        #expect(decide(failure(503), 1) == .retry(after: .milliseconds(750)))
        #expect(decide(failure(503), 2) == .giveUp)
        #expect(decide(failure(529), 1) == .retryWhenAllowed)
        #expect(decide(failure(529), 2) == .giveUp)
        #expect(decide(failure(400), 0) == .giveUp)
        #expect(decide(failure(503, ["retry-after": "20"]), 0) == .retry(after: .seconds(20)))
        #expect(decide(failure(429, ["retry-after": "20"]), 0) == .retryWhenAllowed)
        #expect(decide(failure(429, ["retry-after": "20"]), 0, .seconds(20)) == .giveUp)
        #expect(decide(failure(429, ["retry-after": "61"]), 0, .seconds(100)) == .giveUp)
        #expect(decide(failure(503), 0, .milliseconds(100)) == .giveUp)
        #expect(decide(failure(503), 0, .seconds(-1)) == .giveUp)
    }

    @Test(arguments: [
        (WebError.Code.connect, ModelError.Code.unavailable, true), (.closed, .unavailable, true),
        (.tls, .unavailable, false), (.malformed, .malformed, false), (.tooLarge, .malformed, false),
        (.deadline, .deadline, false), (.cancelled, .cancelled, false), (.overloaded, .overloaded, false),
        (.stopped, .unavailable, false), (.invalid, .refused, false),
    ])
    func whatTheTransportSays(web: WebError.Code, code: ModelError.Code, isPassing: Bool) {
        let failure = CallFailure(WebError(web, "m"))
        #expect(failure.code == code)
        #expect(failure.isPassing == isPassing)
    }
}
