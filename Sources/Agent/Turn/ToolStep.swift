/// The tool calls that one answer of the model asked for, and how far they are.
///
/// Neighbouring read-only calls form one batch and run at the same time; each write is a batch of its own. Batches run
/// one after another in the model's order, so that a read asked for behind a write sees what it wrote.
struct ToolStep: Sendable {
    private(set) var calls: [ToolCall]
    private var results: [ToolResult?]
    private var accesses: [Tool.Access]
    /// What became of each call.
    private(set) var records: [CallRecord]
    /// Calls that are still to be started, in order.
    private var waiting: [Int] = []
    private var running: Set<Int> = []

    /// What ends the turn once this step's calls are done.
    private(set) var stop: Stop?

    init(calls: [ToolCall], tools: [String: Tool.Access], ledger: inout CallLedger) {
        self.calls = calls
        results = Array(repeating: nil, count: calls.count)
        accesses = calls.map { tools[$0.name] ?? .read }
        records = zip(calls, accesses).map { CallRecord($0, access: $1) }
        for (index, call) in calls.enumerated() {
            if tools[call.name] == nil {
                results[index] = .error("There is no tool named \(call.name). Use one of the tools you were given.")
            } else if call.arguments == nil {
                results[index] = .error("The arguments were not a JSON object. Nothing was done; call the tool again.")
            } else if let stop = stop ?? ledger.admit(call, access: accesses[index]) {
                self.stop = stop
                results[index] = .error("Not run: \(stop.warning).")
            } else {
                waiting.append(index)
            }
        }
    }

    /// The calls to start now; empty while others run, or when all are done.
    mutating func nextBatch(ledger: CallLedger) -> [Int] {
        guard running.isEmpty else { return [] }
        while let first = waiting.first {
            guard accesses[first] == .write else {
                let batch = Array(waiting.prefix { accesses[$0] == .read })
                waiting.removeFirst(batch.count)
                running = Set(batch)
                return batch
            }
            waiting.removeFirst()
            if let earlier = ledger.earlierResult(of: calls[first]) {
                results[first] = earlier
                records[first].outcome = earlier.isError ? .error : .ok
                continue
            }
            running = [first]
            return [first]
        }
        return []
    }

    /// Takes the result of a running call; `false` when the call is not running (an answer that comes twice).
    mutating func finish(
        _ index: Int,
        _ result: ToolResult,
        milliseconds: Int?,
        ledger: inout CallLedger
    ) -> Bool {
        guard running.remove(index) != nil else { return false }
        records[index].outcome = result.isUnfinished ? .unfinished : result.isError ? .error : .ok
        records[index].created = result.created
        records[index].milliseconds = milliseconds
        if result.isUnfinished {
            let write = accesses[index] == .write
            results[index] = .error(
                write ? "Outcome unknown: stopped under way. Look before you repeat it." : "Not finished."
            )
        } else {
            results[index] = result
            if accesses[index] == .write { ledger.record(result, of: calls[index]) }
        }
        return true
    }

    /// Starts no further call: those that wait get a result that says why.
    mutating func abandonWaiting(because stop: Stop) {
        for index in waiting { results[index] = .error("Not run: \(stop.warning).") }
        waiting = []
        self.stop = self.stop ?? stop
    }

    /// Each call with its result; complete once nothing waits or runs.
    var outcome: [(call: ToolCall, result: ToolResult)] {
        zip(calls, results).map { call, result in (call, result ?? .error("Not run.")) }
    }

    func access(of index: Int) -> Tool.Access { accesses[index] }

    var isRunning: Bool { !running.isEmpty }
}
