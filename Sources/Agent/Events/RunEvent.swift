/// What happens in a run, for those who watch it.
package enum RunEvent: Sendable {
    case started(RunID, SessionID?)
    /// More of what the model says.
    case text(String)
    /// What the model said since the last tool call is void: it is asked again.
    case textReset
    case toolStarted(ToolCall)
    case toolFinished(ToolCall, isOK: Bool, milliseconds: Int)
    /// The answer as it is on the wire, without tokens.
    case finished([UInt8])
    /// `requestID` names the request that asked for the run.
    case failed(RunError, requestID: String)
}

/// An event as it is on the wire, and in the store.
package struct EncodedEvent: Sendable, Equatable {
    package var name: String
    /// One JSON object. It holds no token.
    package var data: [UInt8]

    package init(name: String, data: [UInt8]) {
        self.name = name
        self.data = data
    }
}

/// An event with its place in the run, counted from 1.
package struct NumberedEvent: Sendable, Equatable {
    package var number: Int
    package var event: EncodedEvent

    package init(number: Int, event: EncodedEvent) {
        self.number = number
        self.event = event
    }
}
