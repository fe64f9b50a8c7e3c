import Agent
import FoundationEssentials
import Logging

/// Logs one JSON object per line: `time` (ISO 8601, UTC), `level`, `logger`, `message`, and the metadata beside them.
struct JSONLogHandler: LogHandler {
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
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
        if let own = event.metadata { merged.merge(own) { $1 } }
        var members = merged.mapValues(Self.json)
        members["time"] = .string(Date().formatted(Self.time))
        members["level"] = .string(event.level.rawValue)
        members["logger"] = .string(label)
        members["message"] = .string("\(event.message)")
        write(JSONValue.object(members).encoded() + [UInt8(ascii: "\n")])
    }

    private static let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    private static func json(_ value: Logger.MetadataValue) -> JSONValue {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string("\(value)")
        case .array(let values): .array(values.map(json))
        case .dictionary(let members): .object(members.mapValues(json))
        }
    }
}
