import Testing

@testable import ParleyClient

@Suite struct EventStreamParserTests {
    private let text =
        "\u{FEFF}retry: 500\n: still here\n\nid: 1-0\nevent: run.started\ndata: {\"a\":1}\r\n\r\ndata:x\rdata:  y\r\r"
        + "id: 2-0\nevent: empty\n\nevent: e\u{301}\ndata\ndata: ä€😀\nunknown: z\nretry: soon\n\ndata: cut"
    private let events = [
        StreamEvent(name: "run.started", data: "{\"a\":1}", id: "1-0"),
        StreamEvent(name: "message", data: "x\n y", id: nil),
        StreamEvent(name: "e\u{301}", data: "\nä€😀", id: nil),
    ]

    private func parse(_ pieces: [ArraySlice<UInt8>]) throws -> ([StreamEvent], Duration?) {
        var parser = EventStreamParser(limit: 100)
        return (try pieces.flatMap { piece throws(ParleyError) in try parser.take(piece) }, parser.retry)
    }

    @Test func eventsAreWhatTheStandardSays() throws {
        let (events, retry) = try parse([Array(text.utf8)[...]])
        #expect(events == self.events)
        #expect(retry == .milliseconds(500))
    }

    @Test func itDoesNotMatterWhereTheBytesAreCut() throws {
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count { #expect(try parse([bytes[..<cut], [], bytes[cut...]]).0 == events) }
        #expect(try parse(bytes.indices.map { bytes[$0...$0] }).0 == events)
    }

    @Test func anEventWithoutEndIsRefused() throws {
        var parser = EventStreamParser(limit: 10)
        #expect(try parser.take("data: 1\n\ndata: 2\n\n".utf8).count == 2)
        #expect(throws: ParleyError.self) { try parser.take("data: 23\ndata".utf8) }
    }
}
