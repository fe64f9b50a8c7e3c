import Agent

/// What a caller has been told of an answer, over all attempts to get it.
struct ToldText {
    private let progress: @Sendable (ModelProgress) -> Void
    private var hasText = false

    init(_ progress: @escaping @Sendable (ModelProgress) -> Void) { self.progress = progress }

    /// The attempt has failed: what came of it is void.
    mutating func fail() {
        guard hasText else { return }
        hasText = false
        progress(.restarted)
    }

    /// More text has come.
    mutating func add(_ text: String) {
        guard !text.isEmpty else { return }
        hasText = true
        progress(.text(text))
    }
}
