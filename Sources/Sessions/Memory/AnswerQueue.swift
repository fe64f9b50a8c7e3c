import Agent

/// The answers that are kept for retries, oldest first.
struct AnswerQueue {
    struct Answer {
        var place: TurnPlace
        var key: String
        /// When it is kept no longer.
        var until: Int
    }

    private var answers: [Answer] = []
    private var first = 0

    /// What the queue costs, estimated from above.
    var bytes: Int { (answers.count - first) * 256 }

    mutating func append(_ answer: Answer) { answers.append(answer) }

    mutating func popFirst() -> Answer? {
        guard first < answers.count else { return nil }
        defer {
            first += 1
            if first > answers.count / 2 {
                answers.removeFirst(first)
                first = 0
            }
        }
        return answers[first]
    }

    mutating func dropExpired(now: Int) {
        while first < answers.count, answers[first].until <= now { _ = popFirst() }
    }
}
