/// Where one stored message stands in the bytes of its ``Conversation``, and what was seen there when it was scanned.
package struct Message: Sendable, Equatable {
    package enum Role: Sendable { case user, assistant, unknown }

    package enum Form: Sendable {
        /// `content` is a string.
        case text
        /// `content` is an array of objects.
        case blocks
        /// `content` is missing or something else.
        case malformed
    }

    /// The message's object.
    package var range: Range<Int>
    package var role: Role
    /// The value of `content`, quotes or brackets included; empty when there is none.
    package var content: Range<Int>
    package var form: Form
    /// Which of the conversation's blocks are this message's: the objects in the array that `content` is.
    package var blocks: Range<Int>
}

/// Where one content block stands, and what Parley needs to know of it.
package struct Block: Sendable, Equatable {
    package enum Kind: Sendable { case text, toolUse, toolResult, thinking, other }

    /// The block's object.
    package var range: Range<Int>
    package var kind: Kind
    /// The characters of `id` (tool use) or `tool_use_id` (tool result), without quotes.
    package var toolID: Range<Int>?
}

extension Message {
    func moved(by offset: Int, blocksBy blockOffset: Int) -> Message {
        var copy = self
        copy.range = range.moved(by: offset)
        copy.content = content.moved(by: offset)
        copy.blocks = blocks.moved(by: blockOffset)
        return copy
    }
}

extension Block {
    func moved(by offset: Int) -> Block {
        var copy = self
        copy.range = range.moved(by: offset)
        copy.toolID = toolID?.moved(by: offset)
        return copy
    }
}

extension Range<Int> {
    fileprivate func moved(by offset: Int) -> Range<Int> { lowerBound + offset..<upperBound + offset }
}
