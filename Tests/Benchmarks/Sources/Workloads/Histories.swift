package import Agent

/// Conversations as this service holds them: prose with line ends and quotes, tool results that are JSON inside a string,
/// and now and then another script. The same bytes on each run.
package enum Histories {
    /// Ten messages, about 12 KB.
    package static let short = conversation(turns: 3, bytes: 0)
    /// About 100 KB.
    package static let long = conversation(turns: 0, bytes: 100_000)
    /// About 1 MB.
    package static let longest = conversation(turns: 0, bytes: 1_000_000)

    package static let all = [("10 messages", short), ("100 KB", long), ("1 MB", longest)]

    private static func conversation(turns: Int, bytes: Int) -> Conversation {
        var conversation = Conversation()
        var number = 0
        while number < turns || conversation.storedCount < bytes {
            conversation.append(TurnSample(number))
            number += 1
        }
        return conversation
    }
}
