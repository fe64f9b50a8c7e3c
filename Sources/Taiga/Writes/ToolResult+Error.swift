import Agent

extension ToolResult {
    /// `error` as the run and the model are told about it.
    init(_ error: TaigaError, tool: String) {
        switch error.code {
        case .cancelled: self = .unfinished
        case .unauthorized:
            self = .error(error.message)
            isUnauthorized = true
        case .unknownOutcome:
            self = .error(error.message)
            leaveOpen(tool)
        default: self = .error(error.message)
        }
    }

    /// Says that it is not known what the call of `tool` did, to the run and in the answer's `warnings`.
    mutating func leaveOpen(_ tool: String) {
        mayHaveWritten = true
        warnings = ["Outcome of \(tool) unknown"]
    }

    /// Whether it is left open what a write did.
    var isOpen: Bool { isUnfinished || mayHaveWritten }

    /// The same result for someone who knows already that `known` were created.
    func forgetting(_ known: [CreatedArtifact]) -> ToolResult {
        let known = Set(known.map(\.identity))
        var result = self
        result.created.removeAll { known.contains($0.identity) }
        return result
    }
}

extension TaigaError {
    /// What is told when this keeps one from finding out what an earlier call of `tool` did.
    func afterInterruption(of tool: String) -> TaigaError {
        switch code {
        case .cancelled, .unauthorized, .invalid, .unknownOutcome: self
        default:
            TaigaError(
                .unknownOutcome,
                "\(tool) was interrupted, and it cannot be found out what it did: \(message) "
                    + "Look before calling it again."
            )
        }
    }
}
