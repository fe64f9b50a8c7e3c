package import Logging

/// A language model that answers conversations, one step at a time.
package protocol ModelClient: Sendable {
    /// What the start-up banner and `/health` call it.
    var name: String { get }

    /// The model's next message for `request.conversation`, retried as the implementation sees fit inside
    /// `request.deadline`. Cancelling the task aborts the call. What `request.progress` was told is complete when it returns.
    func answer(_ request: ModelRequest) async throws(ModelError) -> ModelAnswer
}

/// One model call.
package struct ModelRequest: Sendable {
    package var system: String
    package var tools: ToolList
    package var conversation: Conversation
    /// How many messages of `conversation` were there before this turn: the prefix that later turns repeat.
    package var committedMessages: Int
    /// When the caller stops waiting.
    package var deadline: ContinuousClock.Instant
    /// Names the request and the run on every line.
    package var logger: Logger
    /// Told in order what comes of the answer while it is still coming; must return at once.
    package var progress: @Sendable (ModelProgress) -> Void

    package init(
        system: String,
        tools: ToolList,
        conversation: Conversation,
        committedMessages: Int,
        deadline: ContinuousClock.Instant,
        logger: Logger = Logger(label: "model") { _ in SwiftLogNoOpLogHandler() },
        progress: @escaping @Sendable (ModelProgress) -> Void = { _ in }
    ) {
        self.progress = progress
        self.system = system
        self.tools = tools
        self.conversation = conversation
        self.committedMessages = committedMessages
        self.deadline = deadline
        self.logger = logger
    }
}

/// What an answer that is still coming holds so far.
package enum ModelProgress: Sendable, Equatable {
    /// More text, not empty.
    case text(String)
    /// The attempt has failed, whether it is made again or not: the text that came of it is void.
    case restarted
}

/// What the model said.
package struct ModelAnswer: Sendable, Equatable {
    package var blocks: [AnswerBlock]
    package var stopReason: StopReason
    package var usage: Usage
    /// The provider's name for the call, for the logs.
    package var requestID: String?

    package init(blocks: [AnswerBlock], stopReason: StopReason, usage: Usage = Usage(), requestID: String? = nil) {
        self.blocks = blocks
        self.stopReason = stopReason
        self.usage = usage
        self.requestID = requestID
    }
}

/// One block of an answer's content.
package enum AnswerBlock: Sendable, Equatable {
    case text(String)
    case toolUse(ToolCall)
    /// A block that Parley only carries along, such as `thinking`: one JSON object, kept as it came.
    case other(json: [UInt8])
}

/// Why the model stopped. Source: Messages API, `stop_reason`.
package enum StopReason: Sendable, Equatable {
    case endTurn, toolUse, maxTokens, stopSequence, pauseTurn, refusal, contextWindowExceeded
    case unknown(String)
}

/// Tokens, as the model reported them. The three input figures add up to the prompt's size.
package struct Usage: Sendable, Equatable {
    package var inputTokens: Int
    package var outputTokens: Int
    package var cacheReadInputTokens: Int
    package var cacheCreationInputTokens: Int

    package init(
        inputTokens: Int = 0,
        outputTokens: Int = 0,
        cacheReadInputTokens: Int = 0,
        cacheCreationInputTokens: Int = 0
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cacheReadInputTokens = cacheReadInputTokens
        self.cacheCreationInputTokens = cacheCreationInputTokens
    }

    static var figures: [WritableKeyPath<Usage, Int>] {
        [\.inputTokens, \.outputTokens, \.cacheReadInputTokens, \.cacheCreationInputTokens]
    }

    /// Adds figure by figure; a sum that no integer holds stays at the largest. The figures come from outside.
    package static func += (sum: inout Usage, other: Usage) {
        for figure in figures {
            let (value, overflow) = sum[keyPath: figure].addingReportingOverflow(other[keyPath: figure])
            sum[keyPath: figure] = overflow ? .max : value
        }
    }
}

/// Why a model call gave no answer.
package struct ModelError: Error, CustomStringConvertible {
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case refused, overloaded, unavailable, malformed, deadline, cancelled }
        private let kind: Kind

        /// The provider refused the request (bad request, key, permission, spend limit): the same call fails again.
        package static let refused = Self(kind: .refused)
        /// The provider has no room now, and had none until the retries ran out.
        package static let overloaded = Self(kind: .overloaded)
        /// The provider cannot be reached, broke off, or failed inside.
        package static let unavailable = Self(kind: .unavailable)
        /// The provider's answer does not follow its protocol, or is larger than allowed.
        package static let malformed = Self(kind: .malformed)
        /// The request's deadline passed.
        package static let deadline = Self(kind: .deadline)
        /// The calling task was cancelled.
        package static let cancelled = Self(kind: .cancelled)

        package var description: String { kind.rawValue }
    }

    package var code: Code
    /// For logs and operators; may hold the provider's own words, never a key.
    package var message: String
    /// The provider's name for the call.
    package var requestID: String?
    package var underlying: (any Error)?
    package var file: String
    package var line: Int

    package init(
        _ code: Code,
        _ message: String,
        requestID: String? = nil,
        underlying: (any Error)? = nil,
        file: String = #fileID,
        line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.requestID = requestID
        self.underlying = underlying
        self.file = file
        self.line = line
    }

    package var description: String {
        "\(code): \(message)" + (requestID.map { " [\($0)]" } ?? "") + (underlying.map { " (\($0))" } ?? "")
            + " at \(file):\(line)"
    }
}
