import Agent
import NIOCore

/// What goes out on a stream of events (HTML standard, section 9.2.5 "Parsing an event stream").
enum EventFrame: Sendable, Equatable {
    case event(NumberedEvent)
    /// An event that has no place in the run, so that nobody asks for what is behind it.
    case unnumbered(EncodedEvent)
    /// Events that are no longer kept.
    case gap(from: Int, to: Int)
    /// The run has ended, or its events have, and nobody can say how.
    case failed(Problem.Code)
    /// A comment, which shows that the connection lives.
    case heartbeat
    /// The stream ends before the run does: the reader is to come back after this time.
    case retry(Duration)
}

extension ByteBuffer {
    /// Appends a frame as it is on the wire.
    /// - Parameter instance: the id of the request that is answered, for problems.
    mutating func write(_ frame: EventFrame, instance: String) {
        switch frame {
        case .event(let event): write(event.event, id: EventID(number: event.number))
        case .unnumbered(let event): write(event, id: nil)
        case .gap(let from, let to):
            let (from, to) = (EventID(number: from), EventID(number: to))
            write(EncodedEvent("gap", ["from": .string(from.text), "to": .string(to.text)]), id: to)
        case .failed(let code): write(EncodedEvent("run.failed", Problem(code).json(instance: instance)), id: nil)
        case .heartbeat: writeString(": still here\n\n")
        case .retry(let time): writeString("retry: \(Int(time / .milliseconds(1)))\n: come back for the rest\n\n")
        }
    }

    private mutating func write(_ event: EncodedEvent, id: EventID?) {
        if let id { writeString("id: \(id.text)\n") }
        writeString("event: \(event.name)\n")
        writeData(event.data)
        writeString("\n")
    }

    /// A field `data` for each line: what is kept of older workers may hold line breaks, and our own never does.
    private mutating func writeData(_ data: [UInt8]) {
        var lineStart = data.startIndex
        while let end = data[lineStart...].firstIndex(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            writeLine(data[lineStart..<end])
            lineStart = data.index(after: end)
            if data[end...].starts(with: "\r\n".utf8) { lineStart += 1 }
        }
        writeLine(data[lineStart...])
    }

    private mutating func writeLine(_ line: ArraySlice<UInt8>) {
        writeStaticString("data: ")
        writeBytes(line)
        writeStaticString("\n")
    }
}

/// The id of an event on the wire: `<n>-0`, with the event's number in its run.
struct EventID: Sendable, Equatable {
    let number: Int

    init(number: Int) { self.number = number }

    /// - Returns: `nil` for what was never the id of an event; `0-0` is the one before the first.
    init?(_ text: String) {
        guard text.hasSuffix("-0"), let number = Int(text.dropLast(2)), number >= 0, number < 1 << 53 else {
            return nil
        }
        self.number = number
        guard self.text == text else { return nil }
    }

    var text: String { "\(number)-0" }
}
