package import Logging

/// Runs turns: loads the session, drives the ``Turn`` with the model and the tools, stores the outcome.
///
/// It decides nothing about the turn itself; it does what the machine says and tells it what happened.
///
/// Its parts are not inlined into one another: a frame lives as long as its function waits, and what a run needs before or after
/// the model's answer would be held for all runs in flight.
package final class Runner: Sendable {
    let model: any ModelClient
    let tools: any ToolProvider
    let store: any SessionStore
    /// `nil`: committed turns are kept nowhere but in the store.
    let archive: (any SessionArchive)?
    /// `nil`: each turn gets its history from the store.
    let near: NearCache?
    let settings: RunSettings
    let timer: RunTimer
    let codec: any AnswerCodec

    /// - Parameter codec: how answers look on the wire, and while they are kept for the retries of the same request.
    package init(
        model: any ModelClient,
        tools: any ToolProvider,
        store: any SessionStore,
        archive: (any SessionArchive)? = nil,
        near: NearCache? = nil,
        settings: RunSettings = RunSettings(),
        timer: RunTimer = .system,
        codec: any AnswerCodec
    ) {
        self.model = model
        self.tools = tools
        self.store = store
        self.archive = archive
        self.near = near
        self.settings = settings
        self.timer = timer
        self.codec = codec
    }

    /// Runs one turn and returns its answer, before the deadline; `log` is told what happens, but for the end.
    /// - Throws: when nothing was done; the stored history is then as it was, and the idempotency key free again.
    @inline(never)
    package func run(_ request: RunRequest, log: RunLog, logger: Logger) async throws(RunError) -> RunReply {
        do throws(RunError) {
            return try await answer(request, log, logger)
        } catch {
            var error = error
            error.auth = request.context.credentials.refreshed
            throw error
        }
    }

    /// The answer that an earlier run of the same request gave, for who proves by their tokens that it was theirs, whoever
    /// they are; `nil` when there is none.
    package func recall(_ request: RunRequest) async throws(RunError) -> RunReply? {
        guard let opened = try await storedAnswer(to: request), opened.isProven else { return nil }
        return RunReply(bytes: opened.bytes, answer: nil)
    }

    /// The same for who is known to be the request's principal.
    func replay(_ request: RunRequest) async throws(RunError) -> RunReply? {
        try await storedAnswer(to: request).map { RunReply(bytes: $0.bytes, answer: nil) }
    }

    private func storedAnswer(to request: RunRequest) async throws(RunError) -> OpenedAnswer? {
        guard let idempotency = request.idempotency, let scope = request.scope else { return nil }
        do throws(StoreError) {
            let credentials = request.context.credentials
            return try await store.answer(to: idempotency, in: scope)
                .map { codec.open($0, with: credentials.presented, refreshed: credentials.refreshed) }
        } catch {
            throw RunError(error)
        }
    }

    @inline(never)
    private func answer(_ request: RunRequest, _ log: RunLog, _ logger: Logger) async throws(RunError) -> RunReply {
        let deadline = request.arrival + settings.deadline
        let offer = try await offer(for: request, by: deadline - settings.commitReserve)
        if offer.tools.isEmpty, offer.warnings.isEmpty {
            log.begins()
            return reply(RunAnswer(to: request, outcome: .noTools))
        }

        guard let scope = request.scope else { return try await runAlone(request, offer, deadline, log, logger) }
        let known = knownHistory(of: request)
        switch try await admit(request, scope, known, by: deadline, log, logger) {
        case .turn(let basis):
            log.begins()
            return try await runLeased(request, offer, basis, known, deadline, log, logger)
        case .reply(let reply): return reply
        }
    }

    /// A turn of which nothing is stored.
    @inline(never)
    private func runAlone(
        _ request: RunRequest,
        _ offer: ToolOffer,
        _ deadline: ContinuousClock.Instant,
        _ log: RunLog,
        _ logger: Logger
    ) async throws(RunError) -> RunReply {
        log.begins()
        let meter = meter(for: request, offer, rate: TokenRate())
        return reply(try await execute(request, offer, on: Conversation(), meter, deadline, log, logger))
    }

    private enum Admission {
        indirect case turn(TurnBasis)
        case reply(RunReply)
    }

    /// The right to run the turn, or the answer that it got before.
    @inline(never)
    private func admit(
        _ request: RunRequest,
        _ scope: TurnScope,
        _ known: KnownHistory?,
        by deadline: ContinuousClock.Instant,
        _ log: RunLog,
        _ logger: Logger
    ) async throws(RunError) -> Admission {
        switch try await begin(request, scope, known, by: deadline, log, logger) {
        case .begun(let basis): return .turn(basis)
        case .replayed(let stored):
            let credentials = request.context.credentials
            let opened = codec.open(stored, with: credentials.presented, refreshed: credentials.refreshed)
            return .reply(RunReply(bytes: opened.bytes, answer: nil))
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

    @inline(never)
    private func offer(
        for request: RunRequest,
        by deadline: ContinuousClock.Instant
    ) async throws(RunError) -> ToolOffer {
        var offer = tools.knownTools(for: request.context)
        if offer == nil {
            offer = await timer.bounded(by: deadline) { [tools] in await tools.tools(for: request.context) }
        }
        guard let offer, !Task.isCancelled else {
            throw Self.ended(.deadline, "the tools were not told before the deadline")
        }
        return offer
    }

    @inline(never)
    private func begin(
        _ request: RunRequest,
        _ scope: TurnScope,
        _ known: KnownHistory?,
        by deadline: ContinuousClock.Instant,
        _ log: RunLog,
        _ logger: Logger
    ) async throws(RunError) -> TurnAdmission {
        let claim = TurnClaim(
            scope: scope,
            runID: request.runID,
            principal: request.principal,
            idempotency: request.idempotency,
            ifBusy: request.ifBusy,
            waitUntil: deadline - settings.commitReserve,
            waits: { log.waits() },
            known: { known?.name() }
        )
        let committer = Committer(store: store, timer: timer, deadline: deadline, logger: logger)
        let begun = await timer.bounded(by: deadline - settings.answerReserve) { [store] in
            await Result { () async throws(StoreError) in try await store.begin(claim) }
        } late: { result in
            // The lease came when nobody waited for it any more.
            guard case .success(.begun(let basis)) = result else { return }
            await uncancelled { await committer.abandon(basis.lease) }
        }
        guard let begun else {
            throw Self.ended(.storeUnavailable, "the session store did not answer before the deadline")
        }
        do throws(StoreError) { return try begun.get() } catch { throw RunError(error) }
    }

    /// Why something did not come about in time: a cancelled task runs out of time at once.
    private static func ended(_ code: RunError.Code, _ message: String) -> RunError {
        Task.isCancelled ? RunError(.cancelled, "the run was cancelled") : RunError(code, message)
    }

    @inline(never)
    func execute(
        _ request: RunRequest,
        _ offer: ToolOffer,
        on history: consuming Conversation,
        _ meter: TokenMeter,
        resuming recorded: RecordedTurn? = nil,
        lease: Lease? = nil,
        keptFor timeToLive: Int = 0,
        _ deadline: ContinuousClock.Instant,
        _ log: RunLog,
        _ logger: Logger
    ) async throws(RunError) -> RunAnswer {
        let committedMessages = history.messages.count
        var turn = turn(request.prompt, offer, on: history, meter)
        let replay = recorded.map { TurnReplay(of: $0, in: turn) }
        turn = replay?.turn ?? turn
        var journal = RunJournal(
            of: replay?.recorded ?? JournalledTurn(request),
            isOpen: replay != nil,
            store: store,
            lease: lease,
            timeToLive: timeToLive,
            patience: StorePatience(timer: timer, logger: logger)
        )
        let driver = TurnDriver(
            model: model,
            tools: tools,
            offered: offer.tools,
            context: request.context,
            committedMessages: committedMessages,
            deadline: deadline - settings.commitReserve,
            timer: timer,
            log: log,
            logger: logger,
            hold: lease.map(hold)
        )
        let first = replay?.action ?? turn.start()
        var outcome = try await driver.drive(&turn, from: first, begun: replay?.begun ?? [:], journal: &journal)
        outcome.warnings += offer.warnings
        return RunAnswer(to: request, outcome: outcome)
    }

    func turn(
        _ prompt: String,
        _ offer: ToolOffer,
        on history: consuming Conversation,
        _ meter: TokenMeter
    ) -> Turn {
        Turn(conversation: history, prompt: prompt, tools: offer.tools, budgets: settings.budgets, meter: meter)
    }

    func meter(for request: RunRequest, _ offer: ToolOffer, rate: TokenRate) -> TokenMeter {
        TokenMeter(
            maxTokens: settings.historyMaxTokens,
            overheadBytes: request.context.systemPrompt.utf8.count + offer.tools.encoded.count,
            rate: rate
        )
    }

    private func hold(_ lease: Lease) -> @Sendable () async -> LeaseEnd? {
        { [store] in await store.hold(lease) }
    }

    func reply(_ answer: RunAnswer) -> RunReply { RunReply(bytes: codec.encode(answer), answer: answer) }
}

extension RunRequest {
    /// What the turn belongs to; `nil` when nothing of it is stored.
    fileprivate var scope: TurnScope? {
        session.map(TurnScope.session) ?? (idempotency == nil ? nil : .principal(principal))
    }
}

extension RunError {
    init(_ error: StoreError) {
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
