/// Where a reader gets a run's events: from the run itself, or from where its worker keeps them.
package protocol EventSource: Sendable {
    /// The events behind the one with this number, as many as are there and one page holds; `nil`: there is no such run,
    /// or no longer.
    func page(after number: Int) async throws(StoreError) -> EventPage?

    /// Raises the signal when there may be more, while `body` runs. It is a hint: whoever reads looks by themselves from
    /// time to time, at least each ``EventPage/patience``.
    func watching<Result>(_ body: (Signal) async -> Result) async -> Result
}

/// A part of a run's events.
package struct EventPage: Sendable, Equatable {
    package enum End: Sendable, Equatable {
        /// More may come.
        case open
        /// ``events`` reach to the last one, and no more will come.
        case ended
        /// The worker of the run has died: no more will come, and the last one is missing.
        case lost
    }

    /// In order. Where a number is missing the events are no longer kept.
    package var events: [NumberedEvent]
    package var end: End

    /// Bytes of events after which a page ends.
    package static let size = 65_536
    /// How long a reader may go without looking.
    package static let patience = Duration.seconds(2)

    /// Whether the page ended because it was full, so that there may be more at once.
    package var isFull: Bool { events.reduce(0) { $0 + $1.event.size } >= Self.size }

    package init(events: [NumberedEvent], end: End) {
        self.events = events
        self.end = end
    }
}
