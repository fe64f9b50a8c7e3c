import Logging
import Metrics

extension Conversation {
    /// A stored history, repaired where it could not be sent. Repairs are logged by kind and counted in
    /// `parley_history_repairs`.
    init(sendable history: [UInt8], _ logger: Logger) throws(JSONError) {
        self = try Self.sendable(history, logger).history
    }

    /// The same, and how many of its bytes are stored as they are, if nothing but the closing bracket follows there; `nil`
    /// if it is not what is stored.
    static func sendable(
        _ stored: [UInt8],
        _ logger: Logger
    ) throws(JSONError) -> (history: Conversation, storedBytes: Int?) {
        let (history, repairs) = try Conversation(stored: stored).repaired()
        guard repairs.isEmpty else {
            report(repairs, to: logger)
            return (history, nil)
        }
        // What another program wrote may go on behind the bracket, with white space.
        return (history, history.storedCount == stored.count ? history.bytes.count : nil)
    }

    private static func report(_ repairs: [Repair: Int], to logger: Logger) {
        for (kind, count) in repairs {
            Counter(label: "parley_history_repairs", dimensions: [("kind", kind.rawValue)]).increment(by: count)
        }
        logger.warning(
            "History repaired",
            metadata: Logger.Metadata(uniqueKeysWithValues: repairs.map { ($0.rawValue, "\($1)") })
        )
    }
}
