package import Logging

/// Runs turns: loads the session, drives the ``Turn`` with the model and the tools, stores the outcome.
///
/// It decides nothing about the turn itself; it does what the machine says and tells it what happened.
package struct Runner: Sendable {
    private let model: any ModelClient
    private let tools: any ToolProvider
    private let store: any SessionStore
    private let settings: RunSettings
    private let timer: RunTimer

    package init(
        model: any ModelClient,
        tools: any ToolProvider,
        store: any SessionStore,
        settings: RunSettings = RunSettings(),
        timer: RunTimer = .system
    ) {
        self.model = model
        self.tools = tools
        self.store = store
        self.settings = settings
        self.timer = timer
    }

    /// Runs one turn and returns its answer, before the deadline.
    /// - Throws: when nothing was done; the stored history is then as it was.
    package func run(_ request: RunRequest, logger: Logger) async throws(RunError) -> RunAnswer {
        let deadline = request.arrival + settings.deadline
        let offered = await tools.tools(for: request.context)
        guard !offered.isEmpty else { return RunAnswer(to: request, outcome: .noTools) }

        let history = try await begin(request.session, by: deadline - settings.answerReserve)
        var turn = Turn(
            conversation: history,
            prompt: request.prompt,
            tools: offered,
            budgets: settings.budgets
        )
        let driver = TurnDriver(
            model: model,
            tools: tools,
            offered: offered,
            context: request.context,
            committedMessages: history.messages.count,
            deadline: deadline - settings.commitReserve,
            timer: timer,
            logger: logger
        )
        var outcome = try await driver.drive(&turn)

        if let session = request.session, let conversation = outcome.conversation {
            let committer = Committer(
                store: store,
                timer: timer,
                deadline: deadline - settings.answerReserve,
                logger: logger
            )
            let commit = SessionCommit(
                session: session,
                history: conversation.stored,
                timeToLive: settings.timeToLive
            )
            // Work has been done: it is stored even if whoever asked has left.
            if await !uncancelled({ await committer.commit(commit) }) { outcome.warnings.append("History not saved") }
        }
        return RunAnswer(to: request, outcome: outcome)
    }

    private func begin(
        _ session: SessionID?,
        by deadline: ContinuousClock.Instant
    ) async throws(RunError) -> Conversation {
        guard let session else { return Conversation() }
        let begun = await timer.bounded(by: deadline) { [store] () -> Result<StoredSession?, StoreError> in
            do throws(StoreError) { return .success(try await store.begin(session)) } catch { return .failure(error) }
        }
        guard let begun else {
            throw RunError(.storeUnavailable, "the session store did not answer before the deadline")
        }
        do throws(StoreError) {
            guard let stored = try begun.get() else { return Conversation() }
            return try Conversation(taking: stored)
        } catch {
            throw RunError(error)
        }
    }
}

extension Conversation {
    fileprivate init(taking stored: StoredSession) throws(StoreError) {
        do throws(JSONError) {
            try self.init(stored: stored.history)
        } catch {
            throw StoreError(.unreadable, "the stored history is no JSON array", underlying: error)
        }
    }
}

extension RunError {
    fileprivate init(_ error: StoreError) {
        let code: Code =
            switch error.code {
            case .unreadable, .tooLarge: .historyUnreadable
            case .cancelled: .cancelled
            default: .storeUnavailable
            }
        self.init(code, "the session could not be begun", underlying: error)
    }
}

extension TurnOutcome {
    /// The answer to someone whose role gives them no tools.
    fileprivate static let noTools = TurnOutcome(
        conversation: nil,
        summary: "No tools available for your role",
        warnings: ["User has no permissions"]
    )
}
