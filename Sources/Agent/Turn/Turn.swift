/// One turn as a state machine: what happened goes in, what to do next comes out. No I/O, no clock, no tasks.
///
///     start ──▶ callModel ──▶ modelAnswered ─┬─ asks for tools ──▶ callTools ──▶ toolFinished ──┐
///                   ▲                        └─ is done ──▶ finish                              │
///                   └──────────────────── all calls of the step have a result ◀─────────────────┘
///
/// A budget that runs out, a deadline, a cancel or a failing model end it as `finish` with what was done so far, or as
/// `fail` when no model call has completed. Either way the history that it leaves can be sent to the model again.
package struct Turn: Sendable {
    package enum Action: Sendable, Equatable {
        /// Ask the model for its next message on ``Turn/conversation``.
        case callModel
        /// Make these calls at the same time; report each by its number.
        case callTools([Call])
        /// Cancel the calls that are under way. They still report: with a result if they have one, else as unfinished.
        case cancelTools
        /// Nothing to do until what is under way reports.
        case wait
        indirect case finish(TurnOutcome)
        /// Nothing was done and nothing may be stored.
        case fail(Failure)
    }

    /// Where in the turn a tool call stands.
    package struct Place: Sendable, Hashable {
        /// Counted from 1.
        package var step: Int
        /// Counted from 0 in the step.
        package var number: Int
    }

    /// A tool call to be made.
    package struct Call: Sendable, Equatable {
        package var place: Place
        package var access: Tool.Access
        package var call: ToolCall
    }

    package enum Failure: Error, Sendable, Equatable {
        case model(ModelError.Code)
        case stopped(Stop)
    }

    /// Warnings of tools that are passed on.
    private static let mostWarnings = 16

    private enum State {
        case idle
        case awaitingModel
        case awaitingTools(ToolStep)
        case ended
    }

    /// The history with all that has happened in this turn up to now.
    package private(set) var conversation: Conversation
    private var state = State.idle
    private let stepBudget: Int
    private var accesses: [String: Tool.Access]
    private var ledger: CallLedger
    private var meter: TokenMeter
    private var names: CallNames
    /// Model calls that were completed.
    private(set) var steps = 0
    private var usage = Usage()
    package private(set) var artifacts = Artifacts()
    /// Whether a tool has changed something, or may have.
    private var hasWritten = false
    private var warnings: [String] = []
    /// The tool calls of the steps that are done.
    private var calls: [CallRecord] = []
    /// What happened since ``takeEntries()``.
    private var entries: [JournalEntry] = []
    /// The last words of the model in this turn, for an end without any.
    private var lastText: String?

    /// - Parameters:
    ///   - conversation: the sendable history before this turn.
    ///   - prompt: the user's words, not empty.
    package init(
        conversation: consuming Conversation,
        prompt: String,
        tools: ToolList,
        budgets: Budgets,
        meter: TokenMeter
    ) {
        self.meter = meter
        conversation.append(user: prompt)
        self.conversation = conversation
        accesses = tools.accesses
        stepBudget = budgets.steps
        ledger = CallLedger(budgets: budgets)
        names = CallNames()
    }

    // MARK: Events

    package mutating func start() -> Action {
        guard case .idle = state else { return .wait }
        state = .awaitingModel
        return .callModel
    }

    package mutating func modelAnswered(_ answer: ModelAnswer) -> Action {
        guard case .awaitingModel = state else { return .wait }
        steps += 1
        usage += answer.usage
        meter.learn(from: answer.usage, for: conversation)
        let content = AnswerContent(answer, names: &names, in: conversation)
        lastText = content.text ?? lastText
        switch answer.stopReason {
        case .toolUse where !content.calls.isEmpty:
            entries.append(.answer(step: steps, answer))
            conversation.append(assistant: content.all)
            state = .awaitingTools(ToolStep(calls: content.calls, tools: accesses, ledger: &ledger))
            return advanceTools()
        case .pauseTurn where !content.withoutCalls.isEmpty:
            entries.append(.answer(step: steps, answer))
            conversation.append(assistant: content.withoutCalls)
            return nextStep()
        case .maxTokens: return end(with: content, keeping: content.texts, stop: .maxTokens)
        case .contextWindowExceeded: return end(with: content, keeping: content.texts, stop: .contextWindow)
        case .refusal: return refuse()
        case .endTurn, .stopSequence, .toolUse, .pauseTurn, .unknown:
            return end(with: content, keeping: content.closing, stop: nil)
        }
    }

    package mutating func modelFailed(_ error: ModelError.Code) -> Action {
        guard case .awaitingModel = state else { return .wait }
        switch error {
        case .deadline: return interrupted(by: .deadline)
        case .cancelled: return interrupted(by: .cancelled)
        default: return steps == 0 ? fail(.model(error)) : close(.modelFailed(error))
        }
    }

    package mutating func toolFinished(_ number: Int, _ result: ToolResult, milliseconds: Int? = nil) -> Action {
        let kept = meter.budget().shortened(result, besides: conversation.bytes.count)
        guard case .awaitingTools(var step) = state,
            step.finish(number, kept, milliseconds: milliseconds, ledger: &ledger)
        else { return .wait }
        // A write that was cut off stays begun: whoever reads the journal looks what became of it.
        if !result.isUnfinished { entries.append(.result(Place(step: steps, number: number), kept)) }
        for artifact in result.created { artifacts.add(artifact) }
        for warning in result.warnings where warnings.count < Self.mostWarnings && !warnings.contains(warning) {
            warnings.append(warning)
        }
        let isHarmless = result.isError && result.created.isEmpty && !result.mayHaveWritten && !result.isUnfinished
        if step.access(of: number) == .write, !isHarmless { hasWritten = true }
        if result.isUnauthorized {
            guard hasWritten else { return fail(.stopped(.unauthorized)) }
            step.abandonWaiting(because: .unauthorized)
        }
        state = .awaitingTools(step)
        return advanceTools()
    }

    package mutating func deadlinePassed() -> Action { interrupted(by: .deadline) }

    package mutating func cancelled() -> Action { interrupted(by: .cancelled) }

    package mutating func leaseEnded(_ end: LeaseEnd) -> Action {
        switch end {
        case .interrupted: interrupted(by: .interrupted)
        case .cleared: interrupted(by: .cleared)
        case .superseded: interrupted(by: .superseded)
        }
    }

    /// The worker that ran the turn is gone, and nobody goes on with it.
    package mutating func workerLost() -> Action { interrupted(by: .workerLost) }

    /// What the turn has spent of its budgets.
    var used: BudgetUse {
        BudgetUse(steps: steps, toolCalls: ledger.toolCalls, writeCalls: ledger.writeCalls)
    }

    /// Takes calls of these tools for possible, whether they are offered now or not.
    mutating func know(_ others: [String: Tool.Access]) { accesses.merge(others) { offered, _ in offered } }

    /// What happened since this was last asked, for the journal.
    mutating func takeEntries() -> [JournalEntry] {
        defer { entries = [] }
        return entries
    }

    // MARK: Decisions

    private mutating func advanceTools() -> Action {
        guard case .awaitingTools(var step) = state else { return .wait }
        let batch = step.nextBatch(ledger: ledger)
        state = .awaitingTools(step)
        if !batch.isEmpty {
            return .callTools(
                batch.map { number in
                    Call(
                        place: Place(step: steps, number: number),
                        access: step.access(of: number),
                        call: step.calls[number]
                    )
                }
            )
        }
        if step.isRunning { return .wait }
        conversation.append(toolResults: step.outcome)
        calls += step.records
        if let stop = step.stop { return close(stop) }
        return nextStep()
    }

    private mutating func nextStep() -> Action {
        if steps >= stepBudget { return close(.steps) }
        state = .awaitingModel
        return .callModel
    }

    private mutating func interrupted(by stop: Stop) -> Action {
        switch state {
        case .ended: return .wait
        case .idle, .awaitingModel:
            return steps == 0 ? fail(.stopped(stop)) : close(stop)
        case .awaitingTools(var step):
            step.abandonWaiting(because: stop)
            state = .awaitingTools(step)
            return step.isRunning ? .cancelTools : advanceTools()
        }
    }

    private mutating func fail(_ failure: Failure) -> Action {
        state = .ended
        return .fail(failure)
    }

    /// The model said its last words.
    private mutating func end(with content: AnswerContent, keeping closing: [AnswerBlock], stop: Stop?) -> Action {
        guard let text = content.text else {
            // Content must not be empty, neither for the user nor in the history. What the model announced before it
            // called tools is no report of what came of them.
            let words = artifacts.phrase == nil ? lastText : nil
            let closing = stop == nil ? words ?? closingWords("Done") : closingWords("Stopped")
            return finish(saying: closing, keeping: [.text(closing)], stop: stop)
        }
        return finish(saying: text, keeping: closing, stop: stop)
    }

    /// The loop ends without the model's last words; the history gets a message that says how.
    private mutating func close(_ stop: Stop) -> Action {
        let words = closingWords("Stopped before the end (\(stop.warning))")
        return finish(saying: words, keeping: [.text(words)], stop: stop)
    }

    /// A refused prompt that stayed in the history would be refused again on every later turn.
    private mutating func refuse() -> Action {
        if !hasWritten {
            return finish(saying: "I can't help with that.", keeping: nil, stop: .refusal)
        }
        return close(.refusal)
    }

    private mutating func finish(saying summary: String, keeping closing: [AnswerBlock]?, stop: Stop?) -> Action {
        state = .ended
        if let closing { conversation.append(assistant: closing) }
        return .finish(
            TurnOutcome(
                conversation: closing == nil ? nil : conversation,
                summary: summary,
                artifacts: artifacts,
                warnings: (stop.map { [$0.warning] } ?? []) + warnings,
                stop: stop,
                usage: usage,
                tokenRate: meter.rate,
                steps: steps,
                calls: calls
            )
        )
    }

    private func closingWords(_ opening: String) -> String {
        artifacts.phrase.map { "\(opening): \($0)." } ?? "\(opening)."
    }
}
