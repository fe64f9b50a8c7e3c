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
        let deadline = timer.now() + settings.deadline
        let offered = await tools.tools(for: request.context)
        guard !offered.isEmpty else {
            return RunAnswer(to: request, outcome: .noTools)
        }
        let history = try await load(request.session)
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
            deadline: deadline - settings.reserve,
            timer: timer,
            logger: logger
        )
        var outcome = try await driver.drive(&turn)
        if let session = request.session, let conversation = outcome.conversation {
            let saved = await commit(conversation, to: session, by: deadline, logger: logger)
            if !saved { outcome.warnings.append("History not saved") }
        }
        return RunAnswer(to: request, outcome: outcome)
    }

    private func load(_ session: SessionID?) async throws(RunError) -> Conversation {
        guard let session else { return Conversation() }
        let stored: StoredSession?
        do throws(StoreError) {
            stored = try await store.load(session)
        } catch {
            throw RunError(
                error.code == .unreadable ? .historyUnreadable : .storeUnavailable,
                "the session could not be loaded",
                underlying: error
            )
        }
        guard let stored else { return Conversation() }
        do throws(JSONError) {
            return try Conversation(stored: stored.history)
        } catch {
            throw RunError(.historyUnreadable, "the stored history is no JSON array", underlying: error)
        }
    }

    /// Stores the turn's history, trying again while there is time, since by now work has been done.
    private func commit(
        _ conversation: Conversation,
        to session: SessionID,
        by deadline: ContinuousClock.Instant,
        logger: Logger
    ) async -> Bool {
        let commit = SessionCommit(
            session: session,
            history: conversation.stored,
            timeToLive: settings.timeToLive
        )
        while true {
            do throws(StoreError) {
                try await store.commit(commit)
                return true
            } catch {
                logger.warning("Turn not stored", metadata: ["error": "\(error)"])
                // A commit replaces the whole history, so that one whose outcome is unknown may be repeated.
                guard error.code == .unavailable, timer.now() + Self.commitPause < deadline else { return false }
                do { try await timer.sleep(timer.now() + Self.commitPause) } catch { return false }
            }
        }
    }

    private static let commitPause = Duration.milliseconds(50)
}

extension TurnOutcome {
    /// The answer to someone whose role gives them no tools.
    fileprivate static let noTools = TurnOutcome(
        conversation: nil,
        summary: "No tools available for your role",
        warnings: ["User has no permissions"]
    )
}
