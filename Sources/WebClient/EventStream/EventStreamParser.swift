/// One event of an event stream.
package struct ServerSentEvent: Sendable, Equatable {
    /// `message` when the stream does not name it.
    package var name: String
    package var data: String
    /// The last id that the stream has set so far.
    package var id: String?

    package init(name: String = "message", data: String, id: String? = nil) {
        self.name = name
        self.data = data
        self.id = id
    }
}

/// Bytes in, events out, however the bytes are split. An event that the stream's end cuts off is dropped, as the
/// standard wants. Source: WHATWG HTML, "Server-sent events", sections 9.2.5 and 9.2.6.
package struct EventStreamParser: Sendable {
    /// How long the stream asks its clients to wait before they connect again, in milliseconds.
    package private(set) var retry: Int?

    private let limit: Int
    private var line: [UInt8] = []
    private var isFirstLine = true
    private var endedWithReturn = false
    private var name = ""
    private var data: [UInt8] = []
    private var hasData = false
    private var id: String?

    /// - Parameter maximumEventBytes: for the data of one event, and for one line.
    package init(maximumEventBytes: Int = 1024 * 1024) { limit = maximumEventBytes }

    /// The events that `bytes` complete. Throws `.tooLarge` when an event passes the limit; the parser is then of no
    /// more use.
    package mutating func feed(_ bytes: [UInt8]) throws(WebError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        try bytes.withUnsafeBufferPointer { (bytes) throws(WebError) in
            var position = 0
            // The line feed of a CR LF that was split between two pieces.
            if endedWithReturn, let first = bytes.first {
                endedWithReturn = false
                if first == lineFeed { position = 1 }
            }
            while let end = bytes[position...].firstIndex(where: { $0 == lineFeed || $0 == carriageReturn }) {
                if let event = try endLine(with: UnsafeBufferPointer(rebasing: bytes[position..<end])) {
                    events.append(event)
                }
                position = end + 1
                guard bytes[end] == carriageReturn else { continue }
                if position == bytes.count {
                    endedWithReturn = true
                } else if bytes[position] == lineFeed {
                    position += 1
                }
            }
            try take(UnsafeBufferPointer(rebasing: bytes[position...]))
        }
        return events
    }

    /// Keeps the beginning of a line whose end is still to come.
    private mutating func take(_ bytes: UnsafeBufferPointer<UInt8>) throws(WebError) {
        guard line.count + bytes.count <= limit else { throw tooLong }
        line.append(contentsOf: bytes)
    }

    /// The line that `rest` ends.
    private mutating func endLine(with rest: UnsafeBufferPointer<UInt8>) throws(WebError) -> ServerSentEvent? {
        // Nearly always a line comes in one piece, and is read where it lies.
        if line.isEmpty {
            guard rest.count <= limit else { throw tooLong }
            return try read(rest)
        }
        try take(rest)
        let whole = line
        line = []
        return try whole.withUnsafeBufferPointer { (whole) throws(WebError) in try read(whole) }
    }

    private var tooLong: WebError { WebError(.tooLarge, "a line of the event stream is larger than \(limit) bytes") }

    private mutating func read(_ line: UnsafeBufferPointer<UInt8>) throws(WebError) -> ServerSentEvent? {
        var content = line[...]
        if isFirstLine, content.starts(with: [0xEF, 0xBB, 0xBF]) { content = content.dropFirst(3) }
        isFirstLine = false
        if content.isEmpty { return dispatch() }
        guard let colon = content.firstIndex(of: UInt8(ascii: ":")) else {
            try field(content, value: content[content.endIndex...])
            return nil
        }
        var value = content[(colon + 1)...]
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        try field(content[..<colon], value: value)
        return nil
    }

    private typealias Part = Slice<UnsafeBufferPointer<UInt8>>

    /// A line that begins with a colon is a comment: its field has no name and is ignored like every unknown one.
    private mutating func field(_ field: Part, value: Part) throws(WebError) {
        if field.elementsEqual("data".utf8) {
            guard data.count + value.count < limit else {
                throw WebError(.tooLarge, "an event is larger than \(limit) bytes")
            }
            if hasData { data.append(lineFeed) }
            data.append(contentsOf: value)
            hasData = true
        } else if field.elementsEqual("event".utf8) {
            name = String(decoding: value, as: UTF8.self)
        } else if field.elementsEqual("id".utf8) {
            if !value.contains(0) { id = String(decoding: value, as: UTF8.self) }
        } else if field.elementsEqual("retry".utf8) {
            let isNumber = value.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            if isNumber, let milliseconds = Int(String(decoding: value, as: UTF8.self)) { retry = milliseconds }
        }
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            name = ""
            data.removeAll(keepingCapacity: true)
            hasData = false
        }
        guard hasData else { return nil }
        return ServerSentEvent(
            name: name.isEmpty ? "message" : name,
            data: String(decoding: data, as: UTF8.self),
            id: id
        )
    }
}

private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
