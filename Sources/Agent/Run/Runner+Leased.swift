import Logging

/// Turns that were admitted by the store.
extension Runner {
    /// Runs the turn and stores what came of it, together with what the turns of lost workers left.
    func runLeased(
        _ request: RunRequest,
        _ offer: ToolOffer,
        _ basis: TurnBasis,
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
        let ground: Ground
        var settled: Ground?
        do throws(RunError) {
            ground = try await self.ground(of: request, offer, basis, meter, deadline, logger)
                .cut(to: meter.budget(besides: request.prompt.utf8.count))
            // What a cancelled run could not look up stays in the journal, for the next one.
            if Task.isCancelled { throw RunError(.cancelled, "the run was cancelled before its turn began") }
            settled = ground
            if let earlier = ground.answer {
                answer = earlier
            } else {
                answer = try await execute(
                    request,
                    offer,
                    on: ground.history,
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
            let settled = settled
            await uncancelled { () -> Void in
                // What lost workers did is known now, and need not be looked for again.
                if let settled,
                    let record = settled.record(
                        for: basis,
                        timeToLive: timeToLive,
                        archived: entry(for: request, settled.archived)
                    ),
                    await committer.commit(record, turn: settled.history, from: settled.firstUnstored) == nil
                {
                    return
                }
                await committer.abandon(basis.lease)
            }
            throw error
        }
        let own = ground.answer == nil ? answer.outcome.conversation : nil
        let conversation = own ?? ground.settledHistory
        let change = conversation.map { conversation in
            let rate = answer.outcome.tokenRate
            let cut = self.meter(for: request, offer, rate: rate).budget().cut(conversation, for: .storing)
            return SessionChange(
                history: (cut?.conversation ?? conversation).stored,
                fingerprint: basis.fingerprint,
                timeToLive: timeToLive,
                tokenRate: rate.microTokensPerByte,
                turnsCut: ground.turnsCut + (cut?.droppedTurns ?? 0),
                turns: ground.restoredTurns + ground.settledTurns + (own == nil ? 0 : 1)
            )
        }
        var archived = ground.archived
        if let own {
            archived.append(
                self.archived(
                    JournalledTurn(request),
                    answer.outcome,
                    in: own,
                    from: ground.history.messages.count,
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
        // Work has been done: it is stored even if whoever asked has left.
        let first = ground.firstUnstored
        let warning = await uncancelled { () -> String? in
            await committer.commit(record, turn: conversation, from: first)
        }
        var told = answer
        if let warning { told.outcome.warnings.append(warning) }
        return reply(told)
    }
}

extension Ground {
    /// What is to be stored of settled turns alone; `nil` when there are none.
    fileprivate func record(for basis: TurnBasis, timeToLive: Int, archived: ArchiveEntry?) -> TurnRecord? {
        guard let history = settledHistory, case .session = basis.lease.scope, resumed == nil else { return nil }
        let change = SessionChange(
            history: history.stored,
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
        ground.turnsCut += cut.droppedTurns
        return ground
    }
}
