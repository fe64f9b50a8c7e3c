import Logging

/// Turns that were admitted by the store.
extension Runner {
    /// Runs the turn and stores what came of it, together with what the turns of lost workers left.
    func runLeased(
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
        let timeToLive = request.timeToLive ?? meta?.timeToLive ?? settings.timeToLive
        let answer: RunAnswer
        let ground: Ground
        do throws(RunError) {
            ground = try await self.ground(of: request, offer, basis, meter, deadline, logger)
                .cut(to: meter.budget(besides: request.prompt.utf8.count))
            if let settled = ground.answer {
                answer = settled
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
                    logger
                )
            }
        } catch {
            await uncancelled { () -> Void in await committer.abandon(basis.lease) }
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
                turns: ground.settledTurns + (own == nil ? 0 : 1)
            )
        }
        let record = TurnRecord(
            lease: basis.lease,
            change: request.session == nil ? nil : change,
            answer: request.idempotency == nil ? nil : codec.seal(answer, for: request.context.credentials.presented),
            settled: ground.settled
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
    /// The same with a history that can be sent.
    fileprivate func cut(to budget: HistoryBudget) -> Ground {
        guard let cut = budget.cut(history, for: .sending) else { return self }
        var ground = self
        ground.history = cut.conversation
        ground.turnsCut += cut.droppedTurns
        return ground
    }
}
