import Logging
import Metrics

extension Conversation {
    /// The history that a turn stands on: what is stored, repaired where it could not be sent. Repairs are logged by kind
    /// and counted in `parley_history_repairs`.
    /// - Throws: `.unreadable` for what is no JSON array.
    init(sendable stored: StoredSession?, _ logger: Logger) throws(StoreError) {
        guard let stored else {
            self.init()
            return
        }
        do throws(JSONError) {
            try self.init(sendable: stored.history, logger)
        } catch {
            throw StoreError(.unreadable, "the stored history is no JSON array", underlying: error)
        }
    }

    /// The same for the bytes of a history.
    init(sendable history: [UInt8], _ logger: Logger) throws(JSONError) {
        let (conversation, repairs) = try Conversation(stored: history).repaired()
        self = conversation
        guard !repairs.isEmpty else { return }
        for (kind, count) in repairs {
            Counter(label: "parley_history_repairs", dimensions: [("kind", kind.rawValue)]).increment(by: count)
        }
        logger.warning(
            "History repaired",
            metadata: Logger.Metadata(uniqueKeysWithValues: repairs.map { ($0.rawValue, "\($1)") })
        )
    }
}
