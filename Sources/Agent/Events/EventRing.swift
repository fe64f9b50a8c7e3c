/// The newest events of a run, as many as its bounds allow; the very last one is always there.
package struct EventRing: Sendable {
    package static let mostEvents = 4096
    package static let mostBytes = 262_144

    private var events: ArraySlice<EncodedEvent> = []
    private var bytes = 0
    private let mostEvents: Int
    private let mostBytes: Int
    /// The number of the newest event; 0 before the first one.
    package private(set) var last = 0

    package init(mostEvents: Int = Self.mostEvents, mostBytes: Int = Self.mostBytes) {
        self.mostEvents = mostEvents
        self.mostBytes = mostBytes
    }

    /// The number of the oldest event that is kept; one above ``last`` when none is.
    package var first: Int { last - events.count + 1 }

    package mutating func append(_ event: EncodedEvent) {
        events.append(event)
        last += 1
        bytes += event.size
        while events.count > 1, events.count > mostEvents || bytes > mostBytes { drop() }
        // A slice keeps the room of what was taken off its front.
        if events.startIndex > max(64, 2 * events.count) { events = ArraySlice(Array(events)) }
    }

    private mutating func drop() {
        bytes -= events[events.startIndex].size
        // Its bytes go now; its room goes later.
        events[events.startIndex] = EncodedEvent(name: "", data: [])
        events.removeFirst()
    }

    /// The newest event; `nil` when there was none.
    package var newest: EncodedEvent? { events.last }

    /// The events behind `number`, at least one when there is one, until they have `size` bytes.
    package func events(after number: Int, size: Int = EventPage.size) -> [NumberedEvent] {
        var page: [NumberedEvent] = []
        var number = max(number + 1, first)
        var room = size
        while number <= last, room > 0 {
            let event = events[events.startIndex + number - first]
            page.append(NumberedEvent(number: number, event: event))
            room -= event.size
            number += 1
        }
        return page
    }
}

extension EncodedEvent {
    /// Bytes that the event takes, roughly, wherever it is kept.
    package var size: Int { name.utf8.count + data.count + Self.overhead }

    /// Bytes that it takes besides its name and data.
    package static let overhead = 32
}
