import Agent
import Synchronization
import Testing

@testable import Sessions

@Suite(.timeLimit(.minutes(1))) struct PlaceQueuesTests {
    @Test func oneAtATimeForEachPlaceAndNothingIsLeft() async throws {
        let queues = PlaceQueues()
        let places = try ["a", "b", "c"].map { TurnPlace.session(try #require(SessionID($0))) }
        let busy = Busy()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<300 {
                let place = places[number % 3]
                group.addTask {
                    await queues.enter(place)
                    let isAlone = busy.places.withLock { $0.insert(place).inserted }
                    #expect(isAlone)
                    await Task.yield()
                    busy.places.withLock { _ = $0.remove(place) }
                    queues.leave(place)
                }
            }
        }
        #expect(queues.isEmpty)
    }

    @Test func aCancelledOneWaitsForItsTurnAndLeaves() async throws {
        let queues = PlaceQueues()
        let place = TurnPlace.session(try #require(SessionID("a")))
        await queues.enter(place)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await queues.enter(place)
                queues.leave(place)
            }
            group.cancelAll()
            queues.leave(place)
        }
        #expect(queues.isEmpty)
    }
}

private final class Busy: Sendable {
    let places = Mutex<Set<TurnPlace>>([])
}
