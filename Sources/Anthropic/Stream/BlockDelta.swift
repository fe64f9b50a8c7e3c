import Agent

/// What one event adds to a block of the answer.
struct BlockDelta: Equatable {
    /// Which block.
    let index: Int
    /// The block's member that grows; `nil` for kinds of deltas that are not known, such as citations, which are passed over.
    let member: String?
    /// What is added; `nil` when the delta has no such text.
    let text: String?

    /// Reads nearly all deltas, and the fastest; `nil` when the whole document has to be looked at.
    init?(plain json: String) {
        guard let leaves = JSONLeaves(json), let index = leaves.number("index"),
            let names = leaves.text("type", in: "delta").flatMap({ Self.names[$0] }),
            let text = leaves.text(names.text, in: "delta")
        else { return nil }
        self.index = index
        member = names.member
        self.text = text
    }

    /// `nil` when it is no delta.
    init?(_ json: JSONValue) {
        guard let index = json["index"]?.intValue, let delta = json["delta"] else { return nil }
        self.index = index
        let names = delta["type"]?.stringValue.flatMap { Self.names[$0] }
        member = names?.member
        text = names.flatMap { delta[$0.text]?.stringValue }
    }

    /// By the delta's type: the block's member, and the delta's own one that holds the text.
    private static let names = [
        "text_delta": (member: "text", text: "text"), "input_json_delta": (member: "input", text: "partial_json"),
        "thinking_delta": (member: "thinking", text: "thinking"),
        "signature_delta": (member: "signature", text: "signature"),
    ]
}
