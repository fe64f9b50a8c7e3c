extension Conversation {
    /// What the conversation takes of the memory, what its arrays have in reserve included.
    var footprint: Int {
        bytes.capacity + messages.capacity * MemoryLayout<Message>.stride + blocks.capacity * MemoryLayout<Block>.stride
    }
}
