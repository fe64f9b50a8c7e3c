import Agent
import Synchronization

/// The opening that the last request had: nearly all requests of a worker are made with a handful of tool lists, and in a
/// moment mostly with one.
final class Openings: Sendable {
    private struct Last {
        var tools: ToolList
        var opening: [UInt8]
    }

    private let model: String
    private let maxTokens: Int
    private let last = Mutex(Last?.none)

    init(model: String, maxTokens: Int) {
        self.model = model
        self.maxTokens = maxTokens
    }

    /// See ``RequestBody/opening(model:maxTokens:tools:)``.
    func opening(for tools: ToolList) -> [UInt8] {
        last.withLock { last in
            if let last, last.tools == tools { return last.opening }
            let opening = RequestBody.opening(model: model, maxTokens: maxTokens, tools: tools)
            last = Last(tools: tools, opening: opening)
            return opening
        }
    }
}
