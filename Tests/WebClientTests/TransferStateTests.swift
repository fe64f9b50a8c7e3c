import Testing

@testable import WebClient

@Suite struct TransferStateTests {
    private let head = ResponseHead(status: 200, headers: [:])
    private var limits: WebLimits {
        var limits = WebLimits()
        limits.bodyBytes = 10
        limits.windowBytes = 4
        return limits
    }

    @Test func aReaderWhoWaitsGetsEachPieceAsItComes() {
        var state = TransferState(limits: limits)
        #expect(state.wants(.head) == .wait)
        #expect(state.headArrived(head) == .head(head))
        #expect(state.wants(.chunk) == .wait)
        #expect(state.chunkArrived([1, 2]) == .take(.chunk([1, 2])))
        #expect(state.wants(.chunk) == .wait)
        #expect(state.ended(nil) == .end)
        #expect(state.wants(.chunk) == .deliver(.end, resume: false))
    }

    @Test func aSlowReaderPausesTheNetworkAndResumesIt() {
        var state = TransferState(limits: limits)
        #expect(state.headArrived(head) == nil)
        #expect(state.chunkArrived([1, 2, 3]) == .take(nil))
        #expect(state.chunkArrived([4, 5]) == .take(nil))
        #expect(state.chunkArrived([6]) == .pause)
        #expect(state.wants(.head) == .deliver(.head(head), resume: false))
        #expect(state.wants(.chunk) == .deliver(.chunk([1, 2, 3, 4, 5]), resume: true))
        #expect(state.wants(.chunk) == .wait)
        #expect(state.chunkArrived([6]) == .take(.chunk([6])))
        #expect(state.ended(nil) == nil)
        #expect(state.wants(.chunk) == .deliver(.end, resume: false))
    }

    @Test func aStreamThatSharesItsConnectionIsNotPaused() {
        var state = TransferState(limits: limits)
        _ = state.headArrived(ResponseHead(status: 200, headers: [:], isMultiplexed: true))
        #expect(state.chunkArrived(Array(repeating: 0, count: 9)) == .take(nil))
        #expect(state.chunkArrived([0]) == .take(nil))
        #expect(state.wants(.chunk) == .deliver(.chunk(Array(repeating: 0, count: 10)), resume: false))
    }

    @Test func whatArrivedBeforeTheEndIsReadAfterIt() {
        var state = TransferState(limits: limits)
        _ = state.headArrived(head)
        _ = state.chunkArrived([1])
        #expect(state.ended(nil) == nil)
        #expect(state.wants(.head) == .deliver(.head(head), resume: false))
        #expect(state.wants(.chunk) == .deliver(.chunk([1]), resume: false))
        #expect(state.wants(.chunk) == .deliver(.end, resume: false))
    }

    @Test func oneByteTooManyRefusesTheBody() {
        var state = TransferState(limits: limits)
        _ = state.headArrived(head)
        #expect(state.wants(.chunk) == .wait)
        #expect(state.chunkArrived(Array(repeating: 0, count: 10)) == .take(.chunk(Array(repeating: 0, count: 10))))
        #expect(state.wants(.chunk) == .wait)
        let error = WebError(.tooLarge, "the body is larger than 10 bytes")
        #expect(state.chunkArrived([0]) == .refuse(.failure(error)))
        // libcurl then reports a failed write, which must not hide the reason.
        #expect(state.ended(WebError(.closed, "write")) == nil)
        #expect(state.wants(.chunk) == .deliver(.failure(error), resume: false))
    }

    @Test func anAbandonedTransferIsAbortedOnce() {
        var state = TransferState(limits: limits)
        let error = WebError(.cancelled, "enough")
        #expect(state.wants(.head) == .wait)
        let first = state.abandon(error)
        #expect(first.delivery == .failure(error))
        #expect(first.abort)
        let second = state.abandon(error)
        #expect(second.delivery == nil)
        #expect(!second.abort)
        #expect(state.headArrived(head) == nil)
        #expect(state.chunkArrived([1]) == .refuse(nil))
        #expect(state.wants(.head) == .deliver(.failure(error), resume: false))
    }

    @Test func aWholeTransferHasNothingToAbort() {
        var state = TransferState(limits: limits)
        _ = state.headArrived(head)
        _ = state.ended(nil)
        #expect(!state.abandon(WebError(.cancelled, "late")).abort)
    }

    @Test func anEndWithoutAHeadIsAFailure() {
        var state = TransferState(limits: limits)
        #expect(state.wants(.head) == .wait)
        #expect(state.ended(nil) == .failure(WebError(.closed, "the response has no head")))
    }

    @Test func aFailureDropsWhatWasNotRead() {
        var state = TransferState(limits: limits)
        let error = WebError(.deadline, "late")
        _ = state.headArrived(head)
        _ = state.chunkArrived([1])
        #expect(state.ended(error) == nil)
        #expect(state.wants(.head) == .deliver(.failure(error), resume: false))
    }
}

@Suite struct ResponseHeadParserTests {
    private func parse(_ lines: [String], limit: Int = 1000) -> [ResponseHeadParser.Step] {
        var parser = ResponseHeadParser(limit: limit)
        return lines.map { parser.feed(Array($0.utf8)) }
    }

    @Test func interimHeadsArePassedOverAndTrailersIgnored() {
        let steps = parse([
            "HTTP/1.1 100 Continue\r\n", "\r\n", "HTTP/2 204 \r\n", "A:  b c \r\n", "a: d\r\n", "\r\n",
            "Trailer: x\r\n",
        ])
        let head = ResponseHead(status: 204, headers: ["A": "b c", "a": "d"], isMultiplexed: true)
        #expect(steps == [.more, .more, .more, .more, .more, .head(head), .more])
        #expect(head.headers["A"] == "b c")
    }

    @Test(arguments: ["garbage\r\n", "HTTP/1.1\r\n", "HTTP/1.1 20 OK\r\n", "HTTP/1.1 abc OK\r\n", "\r\n"])
    func whatIsNoStatusLineIsMalformed(line: String) {
        #expect(parse([line]) == [.malformed])
    }

    @Test func allLinesTogetherAreBounded() {
        #expect(parse(["HTTP/1.1 200 OK\r\n", "a: b\r\n"], limit: 22) == [.more, .tooLarge])
    }
}

@Suite struct WebRequestTests {
    private func origin(_ url: String) -> String? { WebRequest(.get, url, deadline: .now).origin }

    @Test func theOriginLeavesOutWhatMayBeSecret() {
        #expect(origin("https://Example.com:8443/a?token=x#y") == "https://example.com:8443")
        #expect(origin("HTTP://example.com?key=1") == "http://example.com")
    }

    @Test(arguments: [
        "ftp://a/", "file:///etc/passwd", "http://", "http://user:pw@host/", "http://a b/", "http://a/\r\nX: y", "/x",
        "",
        "http://ä/",
    ])
    func otherURLsAreRefused(url: String) { #expect(origin(url) == nil) }

    @Test func onlyWhatTheMethodAllowsIsRepeated() {
        #expect(!WebRequest(.post, "http://a", deadline: .now).isRepeatable)
        #expect(!WebRequest(.patch, "http://a", deadline: .now).isRepeatable)
        #expect(WebRequest(.put, "http://a", deadline: .now).isRepeatable)
        #expect(WebRequest(.post, "http://a", deadline: .now, isRepeatable: true).isRepeatable)
    }

    @Test func headerNamesCompareWithoutCase() {
        var headers: WebHeaders = ["X-A": "1", "x-a": "2"]
        #expect(headers["x-A"] == "1")
        headers["X-a"] = "3"
        #expect(headers.fields.map(\.value) == ["3"])
        headers["x-a"] = nil
        #expect(headers.fields.isEmpty)
    }
}
