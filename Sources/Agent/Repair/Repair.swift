/// A kind of repair that a stored history needed before it could be sent. The raw value is its name in logs and metrics.
package enum Repair: String, CaseIterable, Sendable {
    /// An element of the history is no object: it became what the user said, or was dropped when it says nothing.
    case notAMessage = "not-a-message"
    /// A role other than `user` and `assistant`, or none.
    case unknownRole = "unknown-role"
    /// Members that the API does not know, or that stand twice.
    case extraKeys = "extra-keys"
    /// A key, a role, a type or an id written with needless escapes, which Parley compares as bytes.
    case escapedName = "escaped-name"
    /// A content that is neither a string nor an array.
    case badContent = "bad-content"
    /// A message without content was dropped.
    case emptyContent = "empty-content"
    /// A text without words was dropped.
    case emptyText = "empty-text"
    /// An element of a content that is no block, or lacks what its type needs.
    case badBlock = "bad-block"
    /// A block of a type that the API does not take in a message.
    case unknownBlock = "unknown-block"
    /// A block that only the other role may send.
    case misplacedBlock = "misplaced-block"
    /// A mark for the prompt cache that another program left.
    case cacheMark = "cache-mark"
    /// A value that strict readers of JSON refuse: a key twice, a number too large, too many levels.
    case oddValue = "odd-value"
    /// Half of a surrogate pair became U+FFFD. Counted by escape.
    case loneSurrogate = "lone-surrogate"
    /// The id of a call is missing or not in the form that the API wants.
    case badToolID = "bad-tool-id"
    /// The id of a call was given to an earlier one already.
    case duplicateToolID = "duplicate-tool-id"
    /// The name of a tool is missing or not in the form that the API wants.
    case badToolName = "bad-tool-name"
    /// The input of a call is no object.
    case badToolInput = "bad-tool-input"
    /// A result's content or `is_error` is not what the API takes.
    case badToolResult = "bad-tool-result"
    /// A call without a result got one that says so.
    case orphanedToolUse = "orphaned-tool-use"
    /// A result without its call became text, or was dropped when it was empty.
    case orphanedToolResult = "orphaned-tool-result"
    /// Results stood behind other blocks of their message.
    case resultsNotFirst = "results-not-first"
    /// The results of one answer's calls were spread over several messages.
    case splitResults = "split-results"
    /// The history did not begin with the user.
    case assistantFirst = "assistant-first"
    /// A message of the assistant ended on a thought.
    case endsOnThought = "ends-on-thought"
}

/// How often each kind of repair was made.
struct RepairCounts {
    private(set) var counts: [Repair: Int] = [:]

    mutating func note(_ repair: Repair, times: Int = 1) { counts[repair, default: 0] += times }
}

/// The words that repairs put into a history, for the model to read.
enum RepairText {
    static let noResult = "No result was recorded for this call."
    static let missingBeginning = "[The beginning of this conversation is missing.]"

    static func orphan(_ result: String) -> String { "[result of an earlier tool call]\n\(result)" }

    static func leftOut(_ type: String) -> String {
        let type = String(type.unicodeScalars.prefix(40).map { ToolNames.isPlain($0) ? Character($0) : "_" })
        return "[\(type.isEmpty ? "something" : type) left out]"
    }
}

extension ToolNames {
    static func isPlain(_ scalar: Unicode.Scalar) -> Bool { UInt8(exactly: scalar.value).map(isPlain) ?? false }
}

extension String {
    /// Whether there is anything but white space, as the API asks of texts.
    var hasWords: Bool { contains { !$0.isWhitespace } }
}
