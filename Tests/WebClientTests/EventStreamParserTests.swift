import Testing
import WebClient

@Suite struct EventStreamParserTests {
    private func parse(_ pieces: [[UInt8]], limit: Int = 1000) throws(WebError) -> [ServerSentEvent] {
        var parser = EventStreamParser(maximumEventBytes: limit)
        var events: [ServerSentEvent] = []
        for piece in pieces { events += try parser.feed(piece) }
        return events
    }

    private let stream =
        "\u{FEFF}: hello\r\nevent: a\r\ndata: 1\rdata:2\n\nid: 7\ndata: ä€😀\n\n"
        + "event: unnamed\n\ndata\n\ndata:  x\nother: y\nretry: 12\n\r\ndata: cut off\n"
    private let events = [
        ServerSentEvent(name: "a", data: "1\n2"),
        ServerSentEvent(data: "ä€😀", id: "7"),
        ServerSentEvent(data: "", id: "7"),
        ServerSentEvent(data: " x", id: "7"),
    ]

    @Test func eachRuleOfTheFormat() throws { #expect(try parse([Array(stream.utf8)]) == events) }

    @Test(arguments: [1, 2, 3, 5, 7]) func bytesSplitAnywhereGiveTheSameEvents(size: Int) throws {
        let bytes = Array(stream.utf8)
        let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
        #expect(try parse(pieces) == events)
    }

    @Test func aSplitInTwoAnywhereGivesTheSameEvents() throws {
        let bytes = Array(stream.utf8)
        for cut in 0...bytes.count {
            #expect(try parse([Array(bytes[..<cut]), [], Array(bytes[cut...])]) == events)
        }
    }

    @Test func retryIsANumberOrNothing() throws {
        var parser = EventStreamParser()
        _ = try parser.feed(Array("retry: 1x\nretry: 99999999999999999999\n".utf8))
        #expect(parser.retry == nil)
        _ = try parser.feed(Array("retry: 250\n".utf8))
        #expect(parser.retry == 250)
    }

    @Test func anIdWithANulIsIgnored() throws {
        #expect(try parse([Array("id: 1\nid: 2\0\ndata: x\n\n".utf8)]) == [ServerSentEvent(data: "x", id: "1")])
    }

    @Test func aLineWithoutAnEndIsRefused() {
        let piece = Array(repeating: UInt8(ascii: "x"), count: 60)
        let error = #expect(throws: WebError.self) { try parse([piece, piece], limit: 100) }
        #expect(error?.code == .tooLarge)
    }

    @Test func anEventWithoutAnEndIsRefused() {
        let line = Array("data: 0123456789\n".utf8)
        let error = #expect(throws: WebError.self) { try parse(Array(repeating: line, count: 20), limit: 100) }
        #expect(error?.code == .tooLarge)
    }
}
