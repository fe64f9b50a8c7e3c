package import Logging

extension Logger {
    /// Counts its warnings, and what is graver, as events.
    package static func counting(_ warnings: EventCount) -> Logger {
        Logger(label: "test") { _ in WarningCounter(warnings: warnings) }
    }
}

private struct WarningCounter: LogHandler {
    let warnings: EventCount
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { warnings.add() }
}
