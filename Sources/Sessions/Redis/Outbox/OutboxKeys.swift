/// Where Redis holds what waits to be archived, all in one slot of its own.
enum OutboxKeys {
    /// Which entries wait, in their order: a stream with the size of each and the number of its last turn.
    static let order = "{parley:outbox}"
    /// The entries by their ids in the stream: a hash.
    static let entries = "{parley:outbox}:entries"
    /// Bytes that wait, and how many entries found no room: a hash.
    static let state = "{parley:outbox}:state"

    static let all = [order, entries, state]
}
