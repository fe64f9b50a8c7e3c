import Glibc
import Logging

/// Logs one line for people per event: time (UTC), level, logger, the metadata by name, the message. Nothing is put into words
/// before a line is written, and a line is written by one call: a busy worker logs two for each turn.
struct TextLogHandler: LogHandler {
    private let label: String
    private let write: @Sendable ([UInt8]) -> Void
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    /// - Parameter write: takes one whole line, newline included.
    init(label: String, write: @escaping @Sendable ([UInt8]) -> Void = StandardStream.error.write) {
        self.label = label
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        line.appendTime()
        line.append(" \(event.level.rawValue) ")
        line.append(label)
        line.append(":")
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
        if let own = event.metadata { merged.merge(own) { $1 } }
        for (key, value) in merged.sorted(by: { $0.key < $1.key }) {
            line.append(" ")
            line.append(key)
            line.append("=")
            line.append(value)
        }
        line.append(" [")
        line.append(event.source)
        line.append("] ")
        line.append(event.message.description)
        line.append("\n")
        write(line)
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ text: String) { append(contentsOf: text.utf8) }

    fileprivate mutating func append(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): append(text)
        case .stringConvertible(let value): append("\(value)")
        case .array, .dictionary: append("\(value)")
        }
    }

    /// As in `2026-11-29T02:08:46+0000`.
    fileprivate mutating func appendTime() {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        append(Int(parts.tm_year) + 1900, digits: 4)
        append(UInt8(ascii: "-"))
        append(Int(parts.tm_mon) + 1, digits: 2)
        append(UInt8(ascii: "-"))
        append(Int(parts.tm_mday), digits: 2)
        append(UInt8(ascii: "T"))
        append(Int(parts.tm_hour), digits: 2)
        append(UInt8(ascii: ":"))
        append(Int(parts.tm_min), digits: 2)
        append(UInt8(ascii: ":"))
        append(Int(parts.tm_sec), digits: 2)
        append("+0000")
    }

    private mutating func append(_ number: Int, digits: Int) {
        var unit = 1
        for _ in 1..<digits { unit *= 10 }
        while unit > 0 {
            append(UInt8(ascii: "0") + UInt8(number / unit % 10))
            unit /= 10
        }
    }
}
