import Agent
import HTTPTypes
import NIOCore
import Testing

@testable import API

@Suite struct EventFrameTests {
    private func wire(_ frame: EventFrame) -> String {
        var buffer = ByteBuffer()
        buffer.write(frame, instance: "req-1")
        return String(buffer: buffer)
    }

    private func event(_ data: String) -> EncodedEvent { EncodedEvent(name: "text.delta", data: Array(data.utf8)) }

    @Test func framesOnTheWire() {
        #expect(
            wire(.event(NumberedEvent(number: 7, event: event(#"{"text":"a"}"#))))
                == "id: 7-0\nevent: text.delta\ndata: {\"text\":\"a\"}\n\n"
        )
        #expect(wire(.unnumbered(event("{}"))) == "event: text.delta\ndata: {}\n\n")
        #expect(wire(.gap(from: 2, to: 9)) == "id: 9-0\nevent: gap\ndata: {\"from\":\"2-0\",\"to\":\"9-0\"}\n\n")
        #expect(wire(.heartbeat) == ": still here\n\n")
        #expect(wire(.retry(.milliseconds(500))) == "retry: 500\n: come back for the rest\n\n")
        let failed = ServerSentEvents(wire(.failed(.workerLost))).events
        #expect(failed.map(\.name) == ["run.failed"] && failed.first?.id == nil)
        #expect(failed.first?.json["type"] == "/problems/worker-lost")
        #expect(failed.first?.json["instance"] == "req-1")
    }

    @Test(arguments: ["{\n}", "{\r\n}", "{\r}", "{\n\n}", "\n", ""])
    func eachLineIsAFieldOfItsOwn(_ data: String) {
        let lines = data.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        let read = ServerSentEvents(wire(.unnumbered(event(data)))).events
        #expect(read.map(\.name) == ["text.delta"])
        #expect(read.first?.data == lines)
    }

    @Test func textNeverBreaksALine() {
        let nasty = "a\nb\rc\u{2028}d\u{85}e\u{0}f\"g\\"
        let frame = wire(.event(NumberedEvent(number: 1, event: EncodedEvent(.text(nasty)))))
        #expect(frame.split(separator: "\n", omittingEmptySubsequences: false).count == 5)
        #expect(ServerSentEvents(frame).text == nasty)
    }

    @Test(arguments: ["", "7", "7-1", "-1-0", "07-0", "+7-0", "7-0 ", "x-0", "-0", "99999999999999999999-0", "7-0-0"])
    func whatIsNoIDIsNone(_ text: String) { #expect(EventID(text) == nil) }

    @Test(arguments: [0, 1, 4096, 1 << 52])
    func idsAreReadAsTheyAreWritten(_ number: Int) {
        #expect(EventID(EventID(number: number).text) == EventID(number: number))
    }

    @Test(arguments: [
        ("text/event-stream", true), ("Text/Event-Stream; charset=utf-8", true), ("text/event-stream, */*", true),
        ("*/*, text/event-stream;q=0.9", false), ("application/json;q=0.5, text/event-stream", true),
        ("application/json, text/event-stream", false), ("text/event-stream;q=0", false), ("*/*", false), ("", false),
        ("text/*", false), ("application/json", false), ("text/event-stream;q=0.3, application/json;q=0.2", true),
        ("text/event-stream ; q=0.5 , application/* ; q=0.6", false), ("nonsense, text/event-stream", true),
        ("text/event-stream;q=many", false), ("text/html, text/event-stream, application/xhtml+xml", true),
    ])
    func eventsAreForWhoAsksForThem(_ accept: String, _ isStream: Bool) {
        #expect(Accept([.accept: accept]).asksForEvents == isStream)
    }

    @Test func severalHeadersAreOne() {
        var headers = HTTPFields()
        headers.append(HTTPField(name: .accept, value: "application/json;q=0.1"))
        headers.append(HTTPField(name: .accept, value: "text/event-stream"))
        #expect(Accept(headers).asksForEvents)
        #expect(!Accept(HTTPFields()).asksForEvents)
    }
}
