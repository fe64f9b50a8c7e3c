import Agent
import Testing

@Suite struct EventRingTests {
    private func ring(_ count: Int, bytes: Int = 10, mostEvents: Int = 4096, mostBytes: Int = 1_048_576) -> EventRing {
        var ring = EventRing(mostEvents: mostEvents, mostBytes: mostBytes)
        for number in 0..<count { ring.append(.sample(number + 1, bytes: bytes)) }
        return ring
    }

    @Test func anEmptyOneHasNothingBehindAnything() {
        let ring = EventRing()
        #expect(ring.first == 1 && ring.last == 0)
        #expect(ring.newest == nil)
        #expect(ring.events(after: 0).isEmpty)
        #expect(ring.events(after: 7).isEmpty)
    }

    @Test func itKeepsTheNewestOfSoManyEvents() {
        let ring = ring(10, mostEvents: 4)
        #expect(ring.first == 7 && ring.last == 10)
        #expect(ring.events(after: 0).map(\.number) == [7, 8, 9, 10])
        #expect(ring.events(after: 8).map(\.number) == [9, 10])
        #expect(ring.events(after: 10).isEmpty)
        #expect(ring.newest == .sample(10, bytes: 10))
    }

    @Test func itKeepsTheNewestOfSoManyBytes() {
        let size = EncodedEvent.sample(1, bytes: 100).size
        let ring = ring(50, bytes: 100, mostBytes: 3 * size)
        #expect(ring.events(after: 0).map(\.number) == [48, 49, 50])
    }

    @Test func theLastEventIsThereHoweverLargeItIs() {
        var ring = ring(5, mostBytes: 1000)
        ring.append(.sample(6, bytes: 100_000))
        #expect(ring.events(after: 0).map(\.number) == [6])
    }

    @Test func aPageHasAnEventAndEndsWhenItIsFull() {
        let size = EncodedEvent.sample(1, bytes: 100).size
        let ring = ring(10, bytes: 100)
        #expect(ring.events(after: 0, size: 3 * size).map(\.number) == [1, 2, 3])
        #expect(ring.events(after: 3, size: 1).map(\.number) == [4])
    }

    @Test func eachEventKeepsItsNumberHoweverManyWereDropped() {
        var ring = EventRing(mostEvents: 16)
        for number in 1...20_000 {
            ring.append(.sample(number, bytes: 10))
            let newest = ring.events(after: number - 3)
            #expect(newest.allSatisfy { $0.event == .sample($0.number, bytes: 10) } && newest.last?.number == number)
        }
    }
}

extension EncodedEvent {
    /// An event that tells its number.
    static func sample(_ number: Int, bytes: Int) -> EncodedEvent {
        let text = String(number)
        return EncodedEvent(name: "text", data: Array((text + String(repeating: ".", count: bytes)).utf8.prefix(bytes)))
    }
}
