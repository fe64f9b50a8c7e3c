import Agent
import Logging
import Synchronization

/// One server as this client sees it: how to talk to it, as remembered, and the way to it.
final class RemoteServer: Sendable {
    private struct State {
        var agreement: Agreement?
        /// The era that answered last.
        var memory: ProtocolVersion.Era?
        var failures = 0
        /// Nothing is tried before.
        var restUntil: ContinuousClock.Instant?
    }

    let address: MCPServerAddress
    let naming: ToolNaming
    /// What users are told instead of the address.
    let title: String
    let settings: MCPClientSettings
    let changes = ChangeCount()
    let logger: Logger
    let link: any Link
    let lists = ListCache()
    private let state = Mutex(State())
    private let handshakes = SingleFlight<Int, Agreement>()
    private let agreements: AsyncStream<Agreement>
    private let agreed: AsyncStream<Agreement>.Continuation

    init(
        _ address: MCPServerAddress,
        naming: ToolNaming,
        title: String,
        settings: MCPClientSettings,
        logger: Logger,
        link: (ChangeCount) -> any Link
    ) {
        self.address = address
        self.naming = naming
        self.title = title
        self.settings = settings
        self.logger = logger
        self.link = link(changes)
        (agreements, agreed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: Requests

    /// What a request asks, without what the era adds.
    struct Question: Sendable {
        var method: String
        var params: [String: JSONValue] = [:]
        var fields: [(name: String, value: String)] = []
        var silence: Duration
        var longest: Duration
        var isRepeatable = true
    }

    /// The result of a request. When the server has forgotten what was agreed, that is agreed anew, once, and the request
    /// sent again: the server did nothing with it.
    func ask(_ question: Question) async -> Result<[String: JSONValue], MCPError> {
        var renewed = false
        while true {
            let agreement: Agreement
            switch await currentAgreement() {
            case .success(let current): agreement = current
            case .failure(let error): return .failure(error)
            }
            let reply = await link.send(
                OutgoingRequest(
                    method: question.method,
                    params: agreement.dressed(question.params, client: settings.implementation),
                    agreement: agreement,
                    fields: question.fields,
                    silence: question.silence,
                    longest: question.longest,
                    isRepeatable: question.isRepeatable
                )
            )
            switch ReplyVerdict(reply, under: agreement, renewed: renewed) {
            case .result(let result):
                state.withLock { $0.failures = 0 }
                return .success(result)
            case .renew:
                renewed = true
                state.withLock { if $0.agreement == agreement { $0.agreement = nil } }
            case .failed(let error):
                if error.code == .unreachable || (question.method == Method.listTools && !error.isAboutRequest) {
                    rest(after: error)
                }
                return .failure(error)
            }
        }
    }

    // MARK: Agreement

    private func currentAgreement() async -> Result<Agreement, MCPError> {
        let generation = link.generation
        let (agreement, rests) = state.withLock { state in
            (state.agreement, state.restUntil.map { $0 > .now } ?? false)
        }
        // So that not each run waits for a server that is down.
        guard !rests else { return .failure(MCPError(.unreachable, "it failed a moment ago")) }
        if let agreement, agreement.generation == generation { return .success(agreement) }
        return await handshakes.outcome(for: generation) { await self.shakeHands(generation) }
    }

    private func shakeHands(_ generation: Int) async -> Result<Agreement, MCPError> {
        // The one before may have been agreed while this was on its way here.
        if let agreement = state.withLock({ $0.agreement }), agreement.generation == generation {
            return .success(agreement)
        }
        var handshake = Handshake(memory: state.withLock { $0.memory }, isProgram: link.isProgram)
        var step = handshake.start()
        while true {
            switch step {
            case .discover(let version):
                let timeout = link.isProgram ? settings.probeTimeout : settings.handshakeTimeout
                let opening = Agreement(era: .modern, version: version, generation: generation)
                step = handshake.discovered(await open(Method.discover, [:], opening, timeout))
            case .initialize(let version):
                let params: [String: JSONValue] = [
                    "protocolVersion": .string(version.rawValue), "capabilities": [:],
                    "clientInfo": settings.implementation.json,
                ]
                let timeout = settings.handshakeTimeout
                let opening = Agreement(era: .legacy, version: version, generation: generation)
                step = handshake.initialized(await open(Method.initialize, params, opening, timeout))
            case .agreed(var agreement):
                agreement.generation = generation
                if agreement.era == .legacy { await link.notify(Method.initialized, [:], under: agreement) }
                let memory = handshake.memory
                state.withLock { state in
                    state.agreement = agreement
                    state.memory = memory
                    state.failures = 0
                    state.restUntil = nil
                }
                agreed.yield(agreement)
                logger.info("tool server speaks", metadata: ["version": "\(agreement.version)"])
                return .success(agreement)
            case .failed(let code, let message):
                let memory = handshake.memory
                state.withLock { $0.memory = memory }
                let error = MCPError(code, message)
                if code != .cancelled { rest(after: error) }
                return .failure(error)
            }
        }
    }

    private func open(
        _ method: String,
        _ params: [String: JSONValue],
        _ agreement: Agreement,
        _ timeout: Duration
    ) async -> Reply {
        await link.send(
            OutgoingRequest(
                method: method,
                params: agreement.dressed(params, client: settings.implementation),
                agreement: agreement,
                silence: timeout,
                longest: timeout,
                isRepeatable: true
            )
        )
    }

    /// The server is in trouble: it is left alone for a while. That a program has ended is its link's concern.
    func rest(after error: MCPError) {
        let failures = state.withLock { state in
            // Those that failed together count once.
            guard !link.isProgram || error.code == .timeout, state.restUntil.map({ $0 <= .now }) ?? true else {
                return state.failures
            }
            state.failures += 1
            state.restUntil = .now + settings.backoff.pause(after: state.failures)
            return state.failures
        }
        logger.warning("tool server fails", metadata: ["error": "\(error)", "failures": "\(failures)"])
    }

    // MARK: Between requests

    /// Keeps the link, and listens for changes, until the task is cancelled; then says goodbye.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.link.run() }
            // A program may take a while to start: the first run need not wait for it.
            if link.isProgram { group.addTask { _ = await self.currentAgreement() } }
            group.addTask { for await agreement in self.agreements { await self.listen(under: agreement) } }
            await group.waitForAll()
        }
        guard let agreement = state.withLock({ $0.agreement }) else { return }
        await uncancelled { [link] in await link.end(agreement) }
    }

    private func listen(under agreement: Agreement) async {
        guard agreement.tellsChanges else { return }
        var failures = 0
        while !Task.isCancelled, state.withLock({ $0.agreement == agreement }) {
            let began = ContinuousClock.now
            guard case .ended(let retry) = await link.listen(under: agreement) else { return }
            // What happened meanwhile was not told.
            changes.changed()
            failures = .now - began > settings.backoff.longest ? 1 : failures + 1
            let pause = max(settings.backoff.pause(after: failures), .milliseconds(min(retry ?? 0, 60_000)))
            guard (try? await Task.sleep(for: pause)) != nil else { return }
        }
    }
}

extension MCPError {
    /// It says something about the request, or about us, and nothing about the server's health.
    var isAboutRequest: Bool { [.refused, .cancelled, .overloaded, .invalid, .unauthorized].contains(code) }

    /// The server certainly did nothing.
    var leavesNothingDone: Bool {
        switch code {
        case .invalid, .unreachable, .unauthorized, .incompatible, .overloaded, .stopped: true
        case .refused: rpc?.leavesNothingDone ?? true
        default: false
        }
    }
}
