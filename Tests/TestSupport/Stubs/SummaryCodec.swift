package import Agent

/// Answers that are nothing but their summary.
package struct SummaryCodec: AnswerCodec {
    package init() {}

    package func encode(_ answer: RunAnswer) -> [UInt8] { Array(answer.outcome.summary.utf8) }

    package func seal(_ answer: RunAnswer, for credentials: Credentials) -> [UInt8] { encode(answer) }

    package func open(_ stored: [UInt8], with presented: Credentials, refreshed: Credentials?) -> OpenedAnswer {
        OpenedAnswer(bytes: stored, isProven: false)
    }
}
