import Agent

/// The events of a run for whoever asked for it. The last one is the answer that is theirs alone, with the tokens that the
/// run refreshed; the log holds none.
struct AnsweredEvents: EventSource {
    /// Who is told of the end finds it at any worker; a store that does not take it holds the answer up for so long.
    private static let patience = Duration.milliseconds(500)

    let run: HostedRun

    func page(after number: Int) async -> EventPage? {
        var page = run.log.ownPage(after: number)
        guard page.end == .ended else { return page }
        await run.log.settled(within: Self.patience)
        let answer = await EncodedEvent(answering: run)
        if let last = page.events.last, last.event.isAnswer {
            page.events[page.events.count - 1].event = answer
        } else {
            // Nobody else is to know of the run: its log has no end.
            page.events.append(NumberedEvent(number: (page.events.last?.number ?? number) + 1, event: answer))
        }
        return page
    }

    func watching<Result>(_ body: (Signal) async -> Result) async -> Result { await run.log.watching(body) }
}

extension EncodedEvent {
    private static let finished = "run.finished"
    private static let failed = "run.failed"

    /// Whether it tells how the run ended.
    var isAnswer: Bool { name == Self.finished || name == Self.failed }
    /// The run's answer; `nil` for any other event.
    var answer: [UInt8]? { name == Self.finished ? data : nil }
    /// What the run failed with; `nil` for any other event.
    var problem: [UInt8]? { name == Self.failed ? data : nil }

    /// The end of a run, for whoever asked for it.
    fileprivate init(answering run: HostedRun) async {
        do throws(RunError) {
            self.init(name: Self.finished, data: try await run.reply().bytes)
        } catch {
            self.init(Self.failed, Problem(error).json(instance: run.request.requestID))
        }
    }

    /// What a stream tells of a run that was answered before.
    static func replay(of answer: [UInt8]) -> [EncodedEvent] {
        let members = (try? JSONValue(parsing: answer))?.objectValue ?? [:]
        let start: JSONValue = [
            "run_id": members["run_id"] ?? .null, "session_id": members["session_id"] ?? .null,
        ]
        return [EncodedEvent("run.started", start), EncodedEvent(name: finished, data: answer)]
    }
}
