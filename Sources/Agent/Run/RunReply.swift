/// What goes back to whoever asked for a run.
package final class RunReply: Sendable {
    /// The answer as it is on the wire.
    package let bytes: [UInt8]
    /// The answer of this run; `nil` when an earlier run of the same request had given it.
    package let answer: RunAnswer?

    init(bytes: [UInt8], answer: RunAnswer?) {
        self.bytes = bytes
        self.answer = answer
    }

    package var isReplay: Bool { answer == nil }
}
