import Agent
import Workloads

/// How fast a stored history becomes a ``Conversation``: the check of its UTF-8 and its JSON, the index, the copy.
struct ScanFigures {
    private(set) var all: [(name: String, value: Double)] = []

    init() throws {
        try measure(Histories.longest, "history_scan_gb_per_s")
        try measure(Histories.long, "history_scan_100_kb_gb_per_s")
        try measure(Histories.short, "history_scan_10_messages_gb_per_s")
    }

    private mutating func measure(_ history: Conversation, _ name: String) throws {
        let stored = history.stored
        let scans = 1 + 1_000_000 / stored.count
        var runs: [Double] = []
        for _ in 0..<300 {
            let seconds = try processorSeconds {
                for _ in 0..<scans {
                    guard try Conversation(stored: stored).messages.count == history.messages.count else {
                        throw WrongCount()
                    }
                }
            }
            runs.append(Double(stored.count * scans) / 1_000_000_000 / seconds)
        }
        runs.sort()
        all.append((name, runs[runs.count - 1]))
        all.append((name + "_median", runs[runs.count / 2]))
    }

    private struct WrongCount: Error {}
}
