import Agent
import Logging
import Synchronization

/// What is logged, for a test that waits for it.
final class SpyLog: Sendable {
    private struct Handler: LogHandler {
        let spy: SpyLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            spy.lines.withLock { lines in
                lines.append(("\(event.message)", metadata.merging(event.metadata ?? [:]) { $1 }))
            }
            spy.changed.raise()
        }
    }

    private let lines = Mutex<[(message: String, metadata: Logger.Metadata)]>([])
    private let changed = Signal()

    var logger: Logger { Logger(label: "test") { _ in Handler(spy: self) } }

    /// The metadata of the first line with this message, once it has been logged.
    func line(_ message: String) async -> Logger.Metadata {
        while true {
            if let line = lines.withLock({ $0.first { $0.message == message } }) { return line.metadata }
            await changed.wait(until: .now + .seconds(60))
        }
    }
}
