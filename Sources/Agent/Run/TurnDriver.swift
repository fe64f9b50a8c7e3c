import Logging

/// Does what a ``Turn`` asks for: calls the model and the tools, watches the deadline, and reports back what happens; the log
/// is told as well.
struct TurnDriver {
    let model: any ModelClient
    let tools: any ToolProvider
    let offered: ToolList
    let context: RunContext
    let committedMessages: Int
    let deadline: ContinuousClock.Instant
    let timer: RunTimer
    let log: RunLog
    let logger: Logger
    /// Keeps the run's lease; returns when it has ended. `nil`: the run has none.
    let hold: (@Sendable () async -> LeaseEnd?)?

    /// A turn that ends within it needs nobody who keeps its lease; much shorter than any lease.
    private static let moment = Duration.milliseconds(20)

    private enum Event: Sendable {
        case modelAnswered(ModelAnswer)
        case modelFailed(ModelError)
        case toolFinished(number: Int, ToolResult, ToolCall, milliseconds: Int)
        case deadlinePassed
        /// The turn has not ended at once: its lease has to be kept.
        case lasts
        case leaseEnded(LeaseEnd)
        case cancelled
    }

    /// Drives `turn` to its end. What is still under way then is cancelled and waited for.
    ///
    /// - Parameters:
    ///   - action: what the turn asks for first.
    ///   - begun: when its calls were begun that a dead worker may have done.
    @inline(never)
    func drive(
        _ turn: inout Turn,
        from action: Turn.Action,
        begun: [Turn.Place: Int] = [:],
        journal: inout RunJournal
    ) async throws(RunError) -> TurnOutcome {
        let events = Inbox<Event>()
        let verdict = await timer.withAlarm(at: deadline) {
            events.post(.deadlinePassed)
        } _: {
            await timer.withAlarm(at: timer.now() + Self.moment) {
                events.post(.lasts)
            } _: {
                await withTaskCancellationHandler {
                    await drive(&turn, from: action, begun: begun, journal: &journal, events)
                } onCancel: {
                    events.post(.cancelled)
                }
            }
        }
        do throws(Turn.Failure) { return try verdict.get() } catch { throw RunError(error) }
    }

    private func drive(
        _ turn: inout Turn,
        from action: Turn.Action,
        begun: [Turn.Place: Int],
        journal: inout RunJournal,
        _ events: Inbox<Event>
    ) async -> Result<TurnOutcome, Turn.Failure> {
        await withDiscardingTaskGroup { group in
            defer { group.cancelAll() }
            var action = action
            while true {
                action = await kept(action, of: &turn, begun: begun, journal: &journal)
                switch action {
                case .callModel:
                    let call = modelCall(on: turn.conversation)
                    group.addTask { events.post(await call()) }
                case .callTools(let calls):
                    for call in calls {
                        let result = toolCall(call, of: journal.turn, known: turn.artifacts.created, begun: begun)
                        group.addTask { events.post(await result()) }
                    }
                case .cancelTools: group.cancelAll()
                case .wait: break
                case .finish(let outcome): return .success(outcome)
                case .fail(let failure): return .failure(failure)
                }
                action =
                    switch await events.next() {
                    case .modelAnswered(let answer): turn.modelAnswered(answer)
                    case .modelFailed(let error): turn.modelFailed(error.code)
                    case .toolFinished(let number, let result, let call, let milliseconds):
                        finished(number, result, of: call, milliseconds, in: &turn)
                    case .deadlinePassed: turn.deadlinePassed()
                    case .leaseEnded(let end): turn.leaseEnded(end)
                    case .cancelled: turn.cancelled()
                    case .lasts: keepLease(in: &group, events)
                    }
                log.used(turn.used)
            }
        }
    }

    /// `action`, once what has happened is kept: a write begins only when it can be told later that it was begun.
    @inline(never)
    private func kept(
        _ action: Turn.Action,
        of turn: inout Turn,
        begun: [Turn.Place: Int],
        journal: inout RunJournal
    ) async -> Turn.Action {
        journal.add(turn.takeEntries())
        switch action {
        case .callModel:
            guard case .ended(let end) = await journal.keep() else { return action }
            return turn.leaseEnded(end)
        case .callTools(let calls):
            let writes = calls.filter { $0.access == .write && begun[$0.place] == nil }
            guard !writes.isEmpty else { return action }
            journal.add(writes.map { .intent($0.place, startedAt: timer.date()) })
            switch await journal.keep(by: deadline) {
            case .kept: return action
            case .ended(let end): _ = turn.leaseEnded(end)
            case .failed: break
            }
            var next = Turn.Action.wait
            for call in calls {
                next = turn.toolFinished(call.place.number, .error("Not run: it could not be noted. Nothing was done."))
            }
            return await kept(next, of: &turn, begun: begun, journal: &journal)
        case .fail:
            await journal.withdraw()
            return action
        default: return action
        }
    }

    private func finished(
        _ number: Int,
        _ result: ToolResult,
        of call: ToolCall,
        _ milliseconds: Int,
        in turn: inout Turn
    ) -> Turn.Action {
        log.log(.toolFinished(call, isOK: !result.isError, milliseconds: milliseconds))
        return turn.toolFinished(number, result, milliseconds: milliseconds)
    }

    private func keepLease(in group: inout DiscardingTaskGroup, _ events: Inbox<Event>) -> Turn.Action {
        if let hold {
            group.addTask { if let end = await hold() { events.post(.leaseEnded(end)) } }
        }
        return .wait
    }

    @inline(never)
    private func modelCall(on conversation: Conversation) -> @Sendable () async -> Event {
        let request = ModelRequest(
            system: context.systemPrompt,
            tools: offered,
            conversation: conversation,
            committedMessages: committedMessages,
            deadline: deadline,
            logger: logger,
            progress: { [log] progress in
                switch progress {
                case .text(let text): log.log(.text(text))
                case .restarted: log.log(.textReset)
                }
            }
        )
        return { [model, logger] in
            do throws(ModelError) {
                let answer = try await model.answer(request)
                logger.debug(
                    "Model answered",
                    metadata: ["stop_reason": "\(answer.stopReason)", "model_request_id": "\(answer.requestID ?? "-")"]
                )
                return .modelAnswered(answer)
            } catch {
                if error.code != .cancelled {
                    // The provider's own words may quote the request.
                    logger.warning(
                        "Model call failed",
                        metadata: ["code": "\(error.code)", "model_request_id": "\(error.requestID ?? "-")"]
                    )
                    logger.debug("Model call failed", metadata: ["error": "\(error)"])
                }
                return .modelFailed(error)
            }
        }
    }

    @inline(never)
    private func toolCall(
        _ call: Turn.Call,
        of turn: JournalledTurn,
        known: [CreatedArtifact],
        begun: [Turn.Place: Int]
    ) -> @Sendable () async -> Event {
        let invocation = ToolInvocation(
            call.call,
            key: turn.key(of: call.place),
            startedAt: begun[call.place] ?? timer.date(),
            known: known
        )
        let wasBegun = begun[call.place] != nil
        log.log(.toolStarted(call.call))
        let start = timer.now()
        return { [tools, context, timer, logger] in
            var result: ToolResult
            if wasBegun {
                result = await tools.outcome(of: invocation, in: context)
                result.mayHaveWritten = result.isError
            } else {
                result = await tools.call(invocation, in: context)
            }
            logger.debug("Tool answered", metadata: ["tool": "\(call.call.name)", "ok": "\(!result.isError)"])
            let milliseconds = Int((timer.now() - start) / .milliseconds(1))
            return .toolFinished(number: call.place.number, result, call.call, milliseconds: milliseconds)
        }
    }
}

extension RunError {
    fileprivate init(_ failure: Turn.Failure) {
        switch failure {
        case .model(.overloaded): self.init(.modelOverloaded, "the model is overloaded")
        case .model(let code): self.init(.modelFailed, "the model call failed: \(code)")
        case .stopped(.deadline): self.init(.deadline, "no model call completed before the deadline")
        case .stopped(.interrupted): self.init(.interrupted, "a newer request took the turn's place")
        case .stopped(.cleared): self.init(.cleared, "the session was cleared")
        case .stopped(.superseded): self.init(.storeUnavailable, "the lease was lost")
        case .stopped(.unauthorized): self.init(.unauthorized, "the user's token was not accepted")
        case .stopped: self.init(.cancelled, "the run was cancelled")
        }
    }
}
