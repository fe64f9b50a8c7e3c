import Agent
import Synchronization
import TestSupport

/// Phones that take turns without pause, each in its session, and remember what they were answered.
final class Crowd: Sendable {
    private struct Turn {
        var phone: Int
        var prompt: String
        var start: ContinuousClock.Instant
        var end: ContinuousClock.Instant
        var status: Int
        var problem: String?
        /// Whether the answer is one of a turn that is in the history.
        var isSaved: Bool
    }

    struct Figures: CustomStringConvertible {
        /// Turns that were answered as being in the history, and those that were refused, or not saved and said so.
        var acknowledged = 0
        var refused = 0
        var unsaved = 0
        /// Answers that should not have been, by status and problem.
        var unexpected: [String: Int] = [:]
        /// Acknowledged turns that are not in the history, or more than once.
        var lost = 0
        var twice = 0
        /// Sessions whose prompts and answers do not alternate, or are not in the order in which they were said.
        var broken = 0
        var slowest = Duration.zero
        /// The same of the turns that began since Redis was back.
        var slowestSince = Duration.zero
        /// From Redis being back to the begin of the last turn that failed.
        var recovery = Duration.zero

        /// Adds up what another crowd met.
        mutating func add(_ other: Figures) {
            acknowledged += other.acknowledged
            refused += other.refused
            unsaved += other.unsaved
            unexpected.merge(other.unexpected, uniquingKeysWith: +)
            lost += other.lost
            twice += other.twice
            broken += other.broken
            slowest = max(slowest, other.slowest)
            slowestSince = max(slowestSince, other.slowestSince)
            recovery = max(recovery, other.recovery)
        }

        var description: String {
            let trouble =
                slowestSince > .zero
                ? """
                ; since Redis was back: last refusal after \(recovery.inMilliseconds) ms, \
                slowest answer \(slowestSince.inMilliseconds) ms
                """ : ""
            return """
                \(acknowledged) turns acknowledged, \(refused) refused, \(unsaved) not saved and told so; \(lost) lost, \
                \(twice) twice, \(broken) sessions broken; slowest answer \(slowest.inMilliseconds) ms\(trouble)\
                \(unexpected.isEmpty ? "" : "; \(unexpected)")
                """
        }
    }

    private let phones: [Phone]
    private let isKeyed: Bool
    private let turns = Mutex<[Turn]>([])
    private let isOver = Atomic(false)

    /// - Parameter isKeyed: whether each turn has an `Idempotency-Key`.
    init(_ phones: [Phone], isKeyed: Bool = false) {
        self.phones = phones
        self.isKeyed = isKeyed
    }

    /// Runs `body` while the phones talk; each finishes its turn afterwards. Once.
    func talking<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for number in phones.indices {
                group.addTask {
                    var turn = 0
                    while !self.isOver.load(ordering: .relaxed) {
                        turn += 1
                        try await self.talk(number, "phone \(number) turn \(turn)")
                    }
                }
            }
            defer { isOver.store(true, ordering: .relaxed) }
            let result = try await body()
            isOver.store(true, ordering: .relaxed)
            try await group.waitForAll()
            return result
        }
    }

    private func talk(_ number: Int, _ prompt: String) async throws {
        let start = ContinuousClock.now
        // No answer at all is one that should not have been.
        let key = isKeyed ? prompt.replacing(" ", with: "-") : nil
        let answer = await Result { try await phones[number].say(prompt, key: key) }
        let (reply, failure) =
            switch answer {
            case .success(let reply): (reply as Phone.Answer?, reply.problem)
            case .failure(let error): (nil, "\(error)")
            }
        let warnings = reply?.json["warnings"]?.arrayValue ?? []
        let turn = Turn(
            phone: number,
            prompt: prompt,
            start: start,
            end: .now,
            status: reply?.status ?? 0,
            problem: failure,
            isSaved: reply?.status == 200 && warnings.isEmpty
        )
        turns.withLock { $0.append(turn) }
        // People take their time, and histories must not grow without end.
        try await Task.sleep(for: .milliseconds(.random(in: 20...80)))
    }

    /// Returns when so many turns were answered as they should be.
    func untilAcknowledged(_ count: Int) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while turns.withLock({ $0.count { $0.isSaved } }) < count {
            guard ContinuousClock.now < end else { throw ServerError("the fleet does not serve") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// What came of all turns, by what was answered and what the histories hold now.
    func figures(since back: ContinuousClock.Instant = .now) async throws -> Figures {
        var figures = Figures()
        let turns = turns.withLock { $0 }
        for turn in turns {
            figures.slowest = max(figures.slowest, turn.end - turn.start)
            if turn.start > back { figures.slowestSince = max(figures.slowestSince, turn.end - turn.start) }
            if turn.isSaved {
                figures.acknowledged += 1
                continue
            }
            figures.recovery = max(figures.recovery, turn.start - back)
            switch (turn.status, turn.problem) {
            case (200, _): figures.unsaved += 1
            case (503, "store-unavailable"): figures.refused += 1
            default: figures.unexpected["\(turn.status) \(turn.problem ?? "?")", default: 0] += 1
            }
        }
        for (number, phone) in phones.enumerated() {
            let texts = Transcript(try await phone.history().json).texts
            let prompts = texts.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
            let said = prompts.map { Int($0.replacing("phone \(number) turn ", with: "")) ?? 0 }
            if texts.count % 2 != 0 || said.contains(0) || said != said.sorted() { figures.broken += 1 }
            let stored = Dictionary(prompts.map { ($0, 1) }, uniquingKeysWith: +)
            figures.twice += stored.values.count { $0 > 1 }
            figures.lost += turns.count { $0.phone == number && $0.isSaved && stored[$0.prompt] == nil }
        }
        return figures
    }
}

extension Duration {
    fileprivate var inMilliseconds: Int { Int(self / .milliseconds(1)) }
}
