/// What goes back to whoever asked for a run.
package struct RunReply: Sendable {
    /// The answer as it is on the wire.
    package var bytes: [UInt8]
    /// The answer of this run; `nil` when an earlier run of the same request had given it.
    package var answer: RunAnswer?

    package var isReplay: Bool { answer == nil }
}
