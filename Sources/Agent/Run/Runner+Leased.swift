import Logging

/// Turns that were admitted by the store.
extension Runner {
    /// Runs the turn and stores what came of it, together with what the turns of lost workers left.
    @inline(never)
    func runLeased(
        _ request: RunRequest,
        _ offer: ToolOffer,
        _ basis: TurnBasis,
        _ known: KnownHistory?,
        _ deadline: ContinuousClock.Instant,
        _ log: RunLog,
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
        let timeToLive = request.timeToLive ?? meta?.timeToLive ?? settings.timeToLive
        let answer: RunAnswer
        var ground: Ground
        /// Where there are settled turns: their history, too.
        var settled: Ground?
        do throws(RunError) {
            ground = try await self.ground(of: request, offer, basis, known, meter, deadline, logger)
                .cut(to: meter.budget(besides: request.prompt.utf8.count))
            // What a cancelled run could not look up stays in the journal, for the next one.
            if Task.isCancelled { throw RunError(.cancelled, "the run was cancelled before its turn began") }
            if ground.settledTurns > 0 { settled = ground }
            if let earlier = ground.answer {
                answer = earlier
            } else {
                answer = try await execute(
                    request,
                    offer,
                    on: ground.takeHistory(),
                    meter,
                    resuming: ground.resumed,
                    lease: basis.lease,
                    keptFor: timeToLive,
                    deadline,
                    log,
                    logger
                )
            }
        } catch {
            await giveUp(request, settled, basis, keptFor: timeToLive, by: committer)
            throw error
        }
        return await store(answer, of: request, offer, on: ground, settled, basis, keptFor: timeToLive, by: committer)
    }

    /// Gives the lease back, whatever happens to the calling task.
    @inline(never)
    private func giveUp(
        _ request: RunRequest,
        _ settled: Ground?,
        _ basis: TurnBasis,
        keptFor timeToLive: Int,
        by committer: Committer
    ) async {
        await uncancelled { () -> Void in
            // What lost workers did is known now, and need not be looked for again.
            if let settled,
                let record = settled.record(
                    for: basis,
                    timeToLive: timeToLive,
                    archived: self.entry(for: request, settled.archived)
                ),
                case .stored = await committer.commit(record, turn: settled.history, from: settled.firstUnstored)
            {
                return
            }
            await committer.abandon(basis.lease)
        }
    }

    /// Stores what came of the turn, and tells in the answer what could not be stored.
    @inline(never)
    private func store(
        _ answer: RunAnswer,
        of request: RunRequest,
        _ offer: ToolOffer,
        on ground: Ground,
        _ settled: Ground?,
        _ basis: TurnBasis,
        keptFor timeToLive: Int,
        by committer: Committer
    ) async -> RunReply {
        let own = ground.answer == nil ? answer.outcome.conversation : nil
        let conversation = own ?? settled?.history
        let rate = answer.outcome.tokenRate
        let budget = self.meter(for: request, offer, rate: rate).budget()
        let cut = conversation.flatMap { budget.cut($0, for: .storing) }
        let history = cut?.conversation ?? conversation
        let change = history.map { history in
            SessionChange(
                history: NewHistory(history, storedBytes: cut == nil ? ground.storedBytes : nil),
                fingerprint: basis.fingerprint,
                timeToLive: timeToLive,
                tokenRate: rate.microTokensPerByte,
                turnsCut: ground.turnsCut + (cut?.droppedTurns ?? 0),
                turns: ground.restoredTurns + ground.settledTurns + (own == nil ? 0 : 1)
            )
        }
        var archived = ground.archived
        if let own, archive != nil {
            archived.append(
                self.archived(
                    JournalledTurn(request),
                    answer.outcome,
                    in: own,
                    from: ground.messages,
                    startedAt: request.arrival
                )
            )
        }
        let record = TurnRecord(
            lease: basis.lease,
            change: request.session == nil ? nil : change,
            answer: request.idempotency == nil ? nil : codec.seal(answer, for: request.context.credentials.presented),
            settled: ground.settled,
            archived: entry(for: request, archived)
        )
        let outcome = await committer.commit(record, turn: conversation, from: ground.firstUnstored)
        var told = answer
        // An answer is kept for a while, and the next turn is to find its history nobody else's.
        told.outcome.conversation = nil
        switch outcome {
        case .stored(let onTop):
            if let stored = onTop ?? history { remember(stored, storedBy: request, timeToLive: timeToLive) }
        case .notStored(let warning): told.outcome.warnings.append(warning)
        }
        return reply(told)
    }
}

extension NewHistory {
    /// - Parameter storedBytes: see ``Ground/storedBytes``.
    init(_ history: Conversation, storedBytes: Int?) {
        self = storedBytes.map { .longer(open: history.bytes, stored: $0) } ?? .whole(history.stored)
    }
}

extension Ground {
    /// What is to be stored of settled turns alone; `nil` when the turn itself is to be resumed, or there is no session.
    fileprivate func record(for basis: TurnBasis, timeToLive: Int, archived: ArchiveEntry?) -> TurnRecord? {
        guard case .session = basis.lease.scope, resumed == nil else { return nil }
        let change = SessionChange(
            history: NewHistory(history, storedBytes: storedBytes),
            fingerprint: basis.fingerprint,
            timeToLive: timeToLive,
            tokenRate: basis.stored?.meta?.tokenRate,
            turnsCut: turnsCut,
            turns: restoredTurns + settledTurns
        )
        return TurnRecord(lease: basis.lease, change: change, answer: nil, settled: settled, archived: archived)
    }

    /// The same with a history that can be sent.
    fileprivate func cut(to budget: HistoryBudget) -> Ground {
        guard let cut = budget.cut(history, for: .sending) else { return self }
        var ground = self
        ground.history = cut.conversation
        ground.storedBytes = nil
        ground.turnsCut += cut.droppedTurns
        return ground
    }
}
