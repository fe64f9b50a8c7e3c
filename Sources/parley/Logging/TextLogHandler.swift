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
        line.append(UInt8(ascii: " "))
        line.append(event.level.rawValue)
        line.append(UInt8(ascii: " "))
        line.append(label)
        line.append(UInt8(ascii: ":"))
        for field in fields(of: event) {
            line.append(UInt8(ascii: " "))
            line.append(field.name)
            line.append(UInt8(ascii: "="))
            line.append(field.value)
        }
        line.append(contentsOf: [UInt8(ascii: " "), UInt8(ascii: "[")])
        line.append(event.source)
        line.append(contentsOf: [UInt8(ascii: "]"), UInt8(ascii: " ")])
        line.append(event.message.description)
        line.append(UInt8(ascii: "\n"))
        write(line)
    }

    private struct Field {
        var name: String
        var value: Logger.MetadataValue
    }

    /// What the line tells, by name. A handful: looked through faster than hashed.
    private func fields(of event: LogEvent) -> [Field] {
        var fields: [Field] = []
        fields.reserveCapacity(metadata.count + (event.metadata?.count ?? 0))
        // The event's own word counts before the provider's, and that before the logger's.
        for source in [event.metadata, metadataProvider?.get(), metadata] {
            guard let source else { continue }
            for (name, value) in source {
                var place = 0
                while place < fields.count, fields[place].name < name { place += 1 }
                guard place == fields.count || fields[place].name != name else { continue }
                fields.insert(Field(name: name, value: value), at: place)
            }
        }
        return fields
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
