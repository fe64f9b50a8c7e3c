/// What a run answers.
package struct RunAnswer: Sendable, Equatable {
    package var runID: RunID
    package var session: SessionID?
    /// The milestone that the request was about.
    package var milestoneID: Int
    @Indirect package var outcome: TurnOutcome
    /// The user's new token pair, when the run had to refresh it.
    package var auth: Credentials?

    /// The answer of a run whose worker died.
    init(of turn: JournalledTurn, in session: SessionID?, outcome: TurnOutcome) {
        runID = turn.runID
        self.session = session
        milestoneID = turn.milestoneID
        _outcome = Indirect(wrappedValue: outcome)
    }

    package init(to request: RunRequest, outcome: TurnOutcome) {
        runID = request.runID
        session = request.session
        milestoneID = request.context.milestoneID
        auth = request.context.credentials.refreshed
        _outcome = Indirect(wrappedValue: outcome)
    }
}

/// Why a run gave no answer. Nothing was done and the stored history is as it was.
package struct RunError: Error, CustomStringConvertible {
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case storeUnavailable, historyUnreadable, modelFailed, modelOverloaded, deadline, cancelled
            case sessionBusy, notFound, cleared, keyReused, overloaded, interrupted, unauthorized, draining
        }
        private let kind: Kind

        /// The session store is down, slow, full or refuses.
        package static let storeUnavailable = Self(kind: .storeUnavailable)
        /// What is stored under the session is no JSON array; it is left as it is.
        package static let historyUnreadable = Self(kind: .historyUnreadable)
        /// No model call completed.
        package static let modelFailed = Self(kind: .modelFailed)
        /// No model call completed, since the provider has no room.
        package static let modelOverloaded = Self(kind: .modelOverloaded)
        /// No model call completed before the deadline.
        package static let deadline = Self(kind: .deadline)
        /// The run was cancelled before a model call completed.
        package static let cancelled = Self(kind: .cancelled)
        /// Another run holds the session; ``RunError/activeRun`` names it.
        package static let sessionBusy = Self(kind: .sessionBusy)
        /// The session belongs to another principal.
        package static let notFound = Self(kind: .notFound)
        /// The session was cleared before a model call completed, or while the request waited.
        package static let cleared = Self(kind: .cleared)
        /// The idempotency key was used for another request.
        package static let keyReused = Self(kind: .keyReused)
        /// Too many runs: of the worker, of the principal, or waiting for the session.
        package static let overloaded = Self(kind: .overloaded)
        /// A newer request of the session took its place before a model call completed.
        package static let interrupted = Self(kind: .interrupted)
        /// The user's token is not accepted, and refreshing it did not help.
        package static let unauthorized = Self(kind: .unauthorized)
        /// The worker shuts down, and no model call was completed before.
        package static let draining = Self(kind: .draining)

        package var description: String { kind.rawValue }
    }

    /// What there is to say about it. Out of line: each function that waits keeps a place for what it may throw.
    private struct Details: Sendable {
        var code: Code
        var message: String
        var activeRun: String?
        var auth: Credentials?
        var underlying: (any Error)?
        var file: String
        var line: Int
    }

    @Indirect private var details: Details

    package init(
        _ code: Code,
        _ message: String,
        underlying: (any Error)? = nil,
        file: String = #fileID,
        line: Int = #line
    ) {
        let details = Details(code: code, message: message, underlying: underlying, file: file, line: line)
        _details = Indirect(wrappedValue: details)
    }

    package var code: Code {
        get { details.code }
        set { details.code = newValue }
    }

    /// For logs and operators.
    package var message: String { details.message }

    /// The id of the run that holds the session.
    package var activeRun: String? {
        get { details.activeRun }
        set { details.activeRun = newValue }
    }

    /// See ``RunAnswer/auth``.
    package var auth: Credentials? {
        get { details.auth }
        set { details.auth = newValue }
    }

    package var underlying: (any Error)? { details.underlying }

    package var description: String {
        "\(code): \(message)" + (underlying.map { " (\($0))" } ?? "") + " at \(details.file):\(details.line)"
    }
}
