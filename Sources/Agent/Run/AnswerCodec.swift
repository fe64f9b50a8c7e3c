/// How answers and events look on the wire, and in the store while they wait for a retry or a reader.
package protocol AnswerCodec: Sendable {
    /// The answer for whoever asked for the run.
    func encode(_ answer: RunAnswer) -> [UInt8]

    /// The event for whoever may see the run. It holds no token: neither does the answer in it.
    func encode(_ event: RunEvent) -> EncodedEvent

    /// The answer for the store. It holds no token, except for a refreshed pair, which nobody can read who does not show the
    /// `credentials` that the run was asked with.
    func seal(_ answer: RunAnswer, for credentials: Credentials) -> [UInt8]

    /// A stored answer for whoever asks again with `presented`; with the refreshed pair, if there is one and it is theirs.
    /// A pair that was `refreshed` since goes out in its place.
    func open(_ stored: [UInt8], with presented: Credentials, refreshed: Credentials?) -> OpenedAnswer
}

/// A stored answer as it is on the wire.
package struct OpenedAnswer: Sendable, Equatable {
    package var bytes: [UInt8]
    /// A sealed pair was in it and could be opened: whoever asks is whom the answer was for.
    package var isProven: Bool

    package init(bytes: [UInt8], isProven: Bool) {
        self.bytes = bytes
        self.isProven = isProven
    }
}
