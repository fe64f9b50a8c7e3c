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
    private let encode: @Sendable (RunAnswer) -> [UInt8]

    /// - Parameter encode: the answer as it is on the wire, where it is also kept for the retries of the same request.
    package init(
        model: any ModelClient,
        tools: any ToolProvider,
        store: any SessionStore,
        settings: RunSettings = RunSettings(),
        timer: RunTimer = .system,
        encode: @escaping @Sendable (RunAnswer) -> [UInt8]
    ) {
        self.model = model
        self.tools = tools
        self.store = store
        self.settings = settings
        self.timer = timer
        self.encode = encode
    }

    /// Runs one turn and returns its answer, before the deadline.
    /// - Throws: when nothing was done; the stored history is then as it was, and the idempotency key free again.
    package func run(_ request: RunRequest, logger: Logger) async throws(RunError) -> RunReply {
        do throws(RunError) {
            return try await answer(request, logger)
        } catch {
            var error = error
            error.auth = request.context.credentials.refreshed
            throw error
        }
    }

    private func answer(_ request: RunRequest, _ logger: Logger) async throws(RunError) -> RunReply {
        let deadline = request.arrival + settings.deadline
        let offer = await tools.tools(for: request.context)
        if offer == ToolOffer(tools: []) { return reply(RunAnswer(to: request, outcome: .noTools)) }

        guard let scope = request.scope else {
            let meter = meter(for: request, offer, rate: TokenRate())
            return reply(try await execute(request, offer, on: Conversation(), meter, lease: nil, deadline, logger))
        }
        switch try await begin(request, scope, by: deadline) {
        case .begun(let basis):
            return try await runLeased(request, offer, basis, deadline, logger)
        case .replayed(let bytes): return RunReply(bytes: bytes, answer: nil)
        case .busy(let runID):
            var error = RunError(.sessionBusy, "another run holds the session")
            error.activeRun = runID
            throw error
        case .overloaded: throw RunError(.overloaded, "too many runs wait for the session")
        case .notFound: throw RunError(.notFound, "the session belongs to another principal")
        case .cleared: throw RunError(.cleared, "the session was cleared")
        case .keyReused: throw RunError(.keyReused, "the key was used for another request")
        }
    }

    private func begin(
        _ request: RunRequest,
        _ scope: TurnScope,
        by deadline: ContinuousClock.Instant
    ) async throws(RunError) -> TurnAdmission {
        let claim = TurnClaim(
            scope: scope,
            runID: request.runID,
            principal: request.principal,
            idempotency: request.idempotency,
            ifBusy: request.ifBusy,
            waitUntil: deadline - settings.commitReserve
        )
        let begun = await timer.bounded(by: deadline - settings.answerReserve) { [store] in
            await Result { () async throws(StoreError) in try await store.begin(claim) }
        }
        guard let begun else {
            throw RunError(.storeUnavailable, "the session store did not answer before the deadline")
        }
        do throws(StoreError) { return try begun.get() } catch { throw RunError(error) }
    }

    private func runLeased(
        _ request: RunRequest,
        _ offer: ToolOffer,
        _ basis: TurnBasis,
        _ deadline: ContinuousClock.Instant,
        _ logger: Logger
    ) async throws(RunError) -> RunReply {
        let committer = Committer(
            store: store,
            timer: timer,
            deadline: deadline - settings.answerReserve,
            logger: logger
        )
        let meta = basis.stored?.meta
        let meter = meter(for: request, offer, rate: TokenRate(microTokensPerByte: meta?.tokenRate))
        let answer: RunAnswer
        var history: Conversation
        var turnsCut = meta?.turnsCut ?? 0
        do throws(RunError) {
            do throws(StoreError) { history = try Conversation(sendable: basis.stored, logger) } catch {
                throw RunError(error)
            }
            if let cut = meter.budget(besides: request.prompt.utf8.count).cut(history, for: .sending) {
                history = cut.conversation
                turnsCut += cut.droppedTurns
            }
            answer = try await execute(request, offer, on: history, meter, lease: basis.lease, deadline, logger)
        } catch {
            await uncancelled { () -> Void in await committer.abandon(basis.lease) }
            throw error
        }
        let change = answer.outcome.conversation.map { conversation in
            let rate = answer.outcome.tokenRate
            let cut = self.meter(for: request, offer, rate: rate).budget().cut(conversation, for: .storing)
            return SessionChange(
                history: (cut?.conversation ?? conversation).stored,
                fingerprint: basis.fingerprint,
                timeToLive: request.timeToLive ?? meta?.timeToLive ?? settings.timeToLive,
                tokenRate: rate.microTokensPerByte,
                turnsCut: turnsCut + (cut?.droppedTurns ?? 0)
            )
        }
        let record = TurnRecord(
            lease: basis.lease,
            change: request.session == nil ? nil : change,
            answer: request.idempotency == nil ? nil : encode(answer)
        )
        // Work has been done: it is stored even if whoever asked has left.
        let first = history.messages.count
        let warning = await uncancelled { () -> String? in
            await committer.commit(record, turn: answer.outcome.conversation, from: first)
        }
        var told = answer
        if let warning { told.outcome.warnings.append(warning) }
        return reply(told)
    }

    private func execute(
        _ request: RunRequest,
        _ offer: ToolOffer,
        on history: Conversation,
        _ meter: TokenMeter,
        lease: Lease?,
        _ deadline: ContinuousClock.Instant,
        _ logger: Logger
    ) async throws(RunError) -> RunAnswer {
        var turn = Turn(
            conversation: history,
            prompt: request.prompt,
            tools: offer.tools,
            budgets: settings.budgets,
            meter: meter
        )
        let driver = TurnDriver(
            runID: request.runID,
            model: model,
            tools: tools,
            offered: offer.tools,
            context: request.context,
            committedMessages: history.messages.count,
            deadline: deadline - settings.commitReserve,
            timer: timer,
            logger: logger,
            hold: lease.map(hold)
        )
        var outcome = try await driver.drive(&turn)
        outcome.warnings += offer.warnings
        return RunAnswer(to: request, outcome: outcome)
    }

    private func meter(for request: RunRequest, _ offer: ToolOffer, rate: TokenRate) -> TokenMeter {
        let tools = offer.tools.reduce(0) { $0 + $1.definition.count }
        return TokenMeter(
            maxTokens: settings.historyMaxTokens,
            overheadBytes: request.context.systemPrompt.utf8.count + tools,
            rate: rate
        )
    }

    private func hold(_ lease: Lease) -> @Sendable () async -> LeaseEnd? {
        { [store] in await store.hold(lease) }
    }

    private func reply(_ answer: RunAnswer) -> RunReply { RunReply(bytes: encode(answer), answer: answer) }
}

extension RunRequest {
    /// What the turn belongs to; `nil` when nothing of it is stored.
    fileprivate var scope: TurnScope? {
        session.map(TurnScope.session) ?? (idempotency == nil ? nil : .principal(principal))
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
