import Logging

extension Runner {
    /// Reads what is stored, and settles what the journal tells: a turn whose worker died ends with what was done, a write
    /// whose result is unknown is looked for; the request's own turn is to be resumed.
    @inline(never)
    func ground(
        of request: RunRequest,
        _ offer: ToolOffer,
        _ basis: TurnBasis,
        _ known: KnownHistory?,
        _ meter: TokenMeter,
        _ deadline: ContinuousClock.Instant,
        _ logger: Logger
    ) async throws(RunError) -> Ground {
        var ground: Ground
        do throws(StoreError) {
            ground = try Ground(on: basis, known?.take(), logger)
            if basis.stored == nil, request.restores { try await restore(&ground, for: request, deadline, logger) }
        } catch {
            throw RunError(error)
        }
        var turns = recordedTurns(in: basis, logger)
        let own = turns.lastIndex { $0.turn.idempotency.map { $0.key == request.idempotency?.key } ?? false }
        if let own {
            guard turns[own].turn.idempotency == request.idempotency else {
                throw RunError(.keyReused, "the key was used for another request")
            }
            if own == turns.count - 1 { ground.resumed = turns.removeLast() }
        }
        for (index, recorded) in turns.enumerated() {
            let turn = turn(recorded.turn.prompt, offer, on: ground.history, meter)
            guard let outcome = await settle(recorded, in: turn, for: request, until: deadline) else { continue }
            logger.notice("Turn of a lost worker settled", metadata: ["lost_run_id": "\(recorded.turn.runID)"])
            if let conversation = outcome.conversation {
                ground.archived.append(
                    archived(recorded.turn, outcome, in: conversation, from: ground.history.messages.count)
                )
                ground.settledMessages += conversation.messages.count - ground.history.messages.count
                ground.settledTurns += 1
                ground.history = conversation
            }
            let answer = RunAnswer(of: recorded.turn, in: request.session, outcome: outcome)
            if index == own {
                ground.answer = answer
                ground.answer?.auth = request.context.credentials.refreshed
            } else if let idempotency = recorded.turn.idempotency {
                // Its client asked with other credentials: nothing in it is sealed.
                let stored = codec.seal(answer, for: request.context.credentials.presented)
                ground.settled.append(
                    SettledRun(runID: recorded.turn.runID, idempotency: idempotency, answer: stored)
                )
            }
        }
        if ground.resumed != nil { logger.notice("Run resumed where a lost worker stopped") }
        return ground
    }

    private func recordedTurns(in basis: TurnBasis, _ logger: Logger) -> [RecordedTurn] {
        do throws(JSONError) { return try RecordedTurn.turns(in: basis.journal) } catch {
            logger.error("Journal not readable: what a lost worker did is not known", metadata: ["error": "\(error)"])
            return []
        }
    }

    /// `nil` when nothing was done.
    private func settle(
        _ recorded: RecordedTurn,
        in turn: Turn,
        for request: RunRequest,
        until deadline: ContinuousClock.Instant
    ) async -> TurnOutcome? {
        var replay = TurnReplay(of: recorded, in: turn)
        let known = replay.turn.artifacts.created
        let action = await replay.settle { call, begunAt in
            guard let begunAt else { return .unfinished }
            let key = recorded.turn.key(of: call.place)
            let invocation = ToolInvocation(call.call, key: key, startedAt: begunAt, known: known)
            let context = recorded.turn.context(for: request.context)
            let found = await timer.bounded(by: deadline - settings.commitReserve) { [tools] in
                await tools.outcome(of: invocation, in: context)
            }
            // Whoever asks now may have no valid token; the lost turn is settled all the same.
            var result = found ?? .unfinished
            result.isUnauthorized = false
            result.mayHaveWritten = result.isError
            return result
        }
        guard case .finish(let outcome) = action else { return nil }
        return outcome
    }
}

extension Ground {
    /// What is stored, repaired where it could not be sent.
    ///
    /// - Parameter known: the history that the claim knew.
    /// - Throws: `.unreadable` for what is no JSON array.
    fileprivate init(on basis: TurnBasis, _ known: consuming Conversation?, _ logger: Logger) throws(StoreError) {
        let turnsCut = basis.stored?.meta?.turnsCut ?? 0
        guard let stored = basis.stored else {
            self.init(history: Conversation(), turnsCut: turnsCut)
            return
        }
        guard !basis.isUnchanged else {
            guard let known else { throw StoreError(.unavailable, "the store left out a history that is not known") }
            let storedBytes = known.bytes.count
            self.init(history: known, storedBytes: storedBytes, turnsCut: turnsCut)
            return
        }
        do throws(JSONError) {
            let (history, storedBytes) = try Conversation.sendable(stored.history, logger)
            self.init(history: history, storedBytes: storedBytes, turnsCut: turnsCut)
        } catch {
            throw StoreError(.unreadable, "the stored history is no JSON array", underlying: error)
        }
    }
}
