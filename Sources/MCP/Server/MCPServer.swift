package import Agent
package import Logging
import Synchronization

/// Serves tools to MCP clients of both eras. The transports, ``StdioServer`` and ``buildMCPRouter(_:http:)``, bring the
/// messages; what is said here is the same over both.
package final class MCPServer: Sendable {
    let settings: MCPServerSettings
    let logger: Logger
    private let tools: any ToolProvider
    private let authenticator: (any Authenticator)?
    private let once: OnceOnly
    /// What the tools that were ever offered do, by name.
    private let known = Mutex<[String: Tool.Access]>([:])
    private let underWay = Mutex(0)

    /// - Parameter authenticator: tells whose the keys of calls are; without one the users are believed.
    package init(
        tools: any ToolProvider,
        authenticator: (any Authenticator)? = nil,
        settings: MCPServerSettings = MCPServerSettings(),
        logger: Logger
    ) {
        self.tools = tools
        self.authenticator = authenticator
        self.settings = settings
        self.logger = logger
        once = OnceOnly()
    }

    /// The state of a client that has said nothing yet.
    func client() -> ServedClient {
        ServedClient(ServerSession(identity: identity, maxRunning: settings.maxCallsPerClient))
    }

    private var identity: ServerIdentity {
        ServerIdentity(name: settings.name, version: settings.version, instructions: settings.instructions)
    }

    // MARK: Jobs

    /// Does a job and hands out what is to be sent: progress, if it was asked for, and the answer as the last.
    ///
    /// - Parameter cancelled: its end cancels the call. So does the cancellation of the calling task.
    @concurrent func run(
        _ job: ServerJob,
        tokens: PresentedTokens,
        cancelled: AsyncStream<Never>,
        send: @concurrent (JSONRPCMessage) async -> Void
    ) async {
        guard let token = job.progressToken else {
            return await send(answer(job, tokens: tokens, cancelled: cancelled))
        }
        // A client that reads slowly misses progress, never the answer: that is the newest.
        let (messages, feed) = AsyncStream.makeStream(of: JSONRPCMessage.self, bufferingPolicy: .bufferingNewest(4))
        feed.yield(.progress(token, 0))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                feed.yield(await self.answer(job, tokens: tokens, cancelled: cancelled))
                feed.finish()
            }
            group.addTask {
                var beat = 0
                while (try? await Task.sleep(for: self.settings.progressInterval)) != nil {
                    beat += 1
                    feed.yield(.progress(token, beat))
                }
            }
            for await message in messages { await send(message) }
            group.cancelAll()
        }
    }

    /// Does a job; the answer to its request.
    func answer(_ job: ServerJob, tokens: PresentedTokens, cancelled: AsyncStream<Never>) async -> JSONRPCMessage {
        let outcome = await withTaskGroup(of: Result<[String: JSONValue], JSONRPCError>?.self) { group in
            group.addTask { await self.outcome(of: job, tokens: tokens) }
            group.addTask {
                for await _ in cancelled {}
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: self.settings.callTimeout)
                return nil
            }
            // The first that ends ends the others; the work itself always gives something.
            var outcome = await group.next() ?? nil
            group.cancelAll()
            while outcome == nil, let next = await group.next() { outcome = next }
            return outcome
        }
        switch outcome {
        case .success(let result)?: return .result(id: job.id, result: identity.complete(result, job.era))
        case .failure(let error)?: return .error(id: job.id, error: error)
        case nil: return .error(id: job.id, error: JSONRPCError(.internalError, "The request was not done."))
        }
    }

    private func outcome(
        of job: ServerJob,
        tokens: PresentedTokens
    ) async -> Result<[String: JSONValue], JSONRPCError> {
        let scope = CallScope(meta: job.meta, tokens: tokens, settings: settings)
        switch job.work {
        case .listTools(let cursor):
            let offer = await offer(in: scope.context)
            do throws(JSONRPCError) {
                let page = try ToolPage(of: Array(offer.tools), after: cursor, size: settings.pageSize)
                return .success(page.result(warnings: offer.warnings, era: job.era))
            } catch {
                return .failure(error)
            }
        case .callTool(let name, let arguments):
            let request = CallRequest(name: name, arguments: arguments, meta: job.meta, now: systemMilliseconds())
            let began = ContinuousClock.now
            let result = await result(of: request, in: scope)
            log(request, result, duration: ContinuousClock.now - began)
            let refreshed = scope.bringsTokens ? scope.context.credentials.refreshed : nil
            return .success(CallResult(result, refreshed: refreshed).members)
        }
    }

    // MARK: Calls

    private func result(of request: CallRequest, in scope: CallScope) async -> ToolResult {
        if let missing = scope.missing { return .error(missing) }
        guard enter() else { return .error("Not run: too many calls are under way. Try again in a moment.") }
        defer { leave() }
        let context = scope.context
        guard request.key != nil, await isWrite(request.invocation.call.name, in: context) else {
            return request.isLookOnly
                ? await tools.outcome(of: request.invocation, in: context)
                : await tools.call(request.invocation, in: context)
        }
        let owner: Principal
        do throws(AuthenticationError) {
            owner = try await self.owner(of: context)
        } catch {
            logger.notice("Caller unknown", metadata: ["error": "\(error)"])
            return .unknownCaller(error)
        }
        let owned = request.owned(by: owner)
        return await once.perform(
            request,
            key: owned.key,
            fingerprint: request.fingerprint(in: context),
            run: { await tools.call(owned, in: context) },
            look: { startedAt in
                await tools.outcome(of: request.owned(by: owner, startedAt: startedAt), in: context)
            }
        )
    }

    private func owner(of context: RunContext) async throws(AuthenticationError) -> Principal {
        guard let authenticator else { return Principal(userID: context.user.id) }
        return try await authenticator.principal(of: context.credentials)
    }

    private func offer(in context: RunContext) async -> ToolOffer {
        let offer = await tools.tools(for: context)
        known.withLock { known in
            for tool in offer.tools { known[tool.name] = tool.access }
        }
        return offer
    }

    /// Whether a tool changes something; `true` where nobody knows.
    private func isWrite(_ name: String, in context: RunContext) async -> Bool {
        if let access = known.withLock({ $0[name] }) { return access == .write }
        _ = await offer(in: context)
        return known.withLock { $0[name] } != .read
    }

    private func enter() -> Bool {
        underWay.withLock { count in
            guard count < settings.maxCalls else { return false }
            count += 1
            return true
        }
    }

    private func leave() { underWay.withLock { $0 -= 1 } }

    private func log(_ request: CallRequest, _ result: ToolResult, duration: Duration) {
        let name = request.invocation.call.name
        // A name that is not one of ours is whatever the client wrote.
        let isKnown = known.withLock { $0[name] != nil }
        logger.info(
            "Tool called",
            metadata: [
                "tool": isKnown ? "\(name)" : "-", "ok": "\(!result.isError)",
                "duration_ms": "\(duration / .milliseconds(1))",
            ]
        )
    }
}

extension ToolResult {
    fileprivate static func unknownCaller(_ error: AuthenticationError) -> ToolResult {
        guard error.code == .rejected else {
            return .error("Not run: Taiga cannot be asked whose token this is. Try again later.")
        }
        var result = ToolResult.error("Not run: Taiga does not accept the user's token.")
        result.isUnauthorized = true
        return result
    }
}

extension JSONRPCMessage {
    /// How far a request has come: no more than that it is still under way.
    fileprivate static func progress(_ token: JSONValue, _ beat: Int) -> JSONRPCMessage {
        .notification(
            method: Method.progress,
            params: ["progressToken": token, "progress": .int(beat), "message": "Under way"]
        )
    }
}
