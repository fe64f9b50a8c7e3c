package import Agent

/// Answers that are nothing but their summary.
package struct SummaryCodec: AnswerCodec {
    package init() {}

    package func encode(_ answer: RunAnswer) -> [UInt8] { Array(answer.outcome.summary.utf8) }

    package func encode(_ event: RunEvent) -> EncodedEvent {
        switch event {
        case .started: EncodedEvent(name: "started", data: [])
        case .text(let text): EncodedEvent(name: "text", data: Array(text.utf8))
        case .textReset: EncodedEvent(name: "reset", data: [])
        case .toolStarted(let call): EncodedEvent(name: "tool started", data: Array(call.name.utf8))
        case .toolFinished(let call, let isOK, _):
            EncodedEvent(name: isOK ? "tool done" : "tool failed", data: Array(call.name.utf8))
        case .finished(let answer): EncodedEvent(name: "finished", data: answer)
        case .failed(let error, _): EncodedEvent(name: "failed", data: Array("\(error.code)".utf8))
        }
    }

    package func seal(_ answer: RunAnswer, for credentials: Credentials) -> [UInt8] { encode(answer) }

    package func open(_ stored: [UInt8], with presented: Credentials, refreshed: Credentials?) -> OpenedAnswer {
        OpenedAnswer(bytes: stored, isProven: false)
    }
}
