import TestSupport
import Testing

@testable import Agent

@Suite struct AlarmWheelTests {
    @Test func whatIsDueComesOutOnceAndInOrder() {
        var wheel = AlarmWheel<String>()
        for (step, name) in [(7, "c"), (3, "a"), (7, "d"), (4, "b"), (9, "later")] { _ = wheel.set(at: step, name) }
        #expect(wheel.next == 3)
        #expect(due(2, &wheel) == [])
        #expect(due(8, &wheel) == ["a", "b", "c", "d"])
        #expect(due(8, &wheel) == [])
        #expect(wheel.next == 9 && wheel.count == 1)
    }

    @Test func whatIsCancelledNeverComesOut() {
        var wheel = AlarmWheel<Int>()
        let ids = (0..<10).map { wheel.set(at: 5, $0) }
        for number in [0, 4, 9] { #expect(cancel(ids[number], in: &wheel)) }
        #expect(!cancel(ids[4], in: &wheel))
        #expect(due(5, &wheel) == [1, 2, 3, 5, 6, 7, 8])
        #expect(!cancel(ids[1], in: &wheel))
        #expect(wheel.next == nil && wheel.count == 0)
    }

    @Test func aPlaceThatIsUsedAgainIsNoLongerTheOldAlarms() {
        var wheel = AlarmWheel<String>()
        let old = wheel.set(at: 1, "old")
        wheel.cancel(old)
        _ = wheel.set(at: 2, "new")
        #expect(!cancel(old, in: &wheel))
        #expect(due(2, &wheel) == ["new"])
    }

    @Test func aPastStepIsTheNextOneAndLaterRoundsWaitForTheirs() {
        var wheel = AlarmWheel<String>()
        _ = wheel.due(at: 10_000)
        _ = wheel.set(at: 3, "past")
        _ = wheel.set(at: 10_001 + 4096, "next round")
        #expect(wheel.next == 10_001)
        #expect(due(10_001, &wheel) == ["past"])
        #expect(due(10_001 + 4095, &wheel) == [])
        #expect(due(10_001 + 4096, &wheel) == ["next round"])
    }

    /// Against a list that is searched.
    @Test(arguments: 0..<4) func anyCourseGoesAsInAList(seed: UInt64) {
        var dice = Dice(state: seed)
        var wheel = AlarmWheel<Int>()
        var list: [(id: AlarmWheel<Int>.ID, step: Int, name: Int)] = []
        var now = 0
        for name in 0..<20_000 {
            switch dice.index(10) {
            case 0..<5:
                let step = now + dice.index(dice.index(2) == 0 ? 50 : 20_000)
                list.append((wheel.set(at: step, name), max(step, now + 1), name))
            case 5..<8 where !list.isEmpty:
                let gone = list.remove(at: dice.index(list.count))
                #expect(cancel(gone.id, in: &wheel))
            default:
                now += dice.index(dice.index(4) == 0 ? 6000 : 40)
                let due = list.filter { $0.step <= now }.sorted { ($0.step, $0.name) < ($1.step, $1.name) }
                list.removeAll { $0.step <= now }
                // Those of one slot come out together when a sleep was longer than a round.
                #expect(self.due(now, &wheel).sorted() == due.map(\.name).sorted())
            }
            #expect(wheel.count == list.count)
        }
        // Of what waits for a later round its slot's next step is told.
        if let earliest = list.map(\.step).min() {
            #expect((wheel.next ?? .max) <= earliest)
        } else {
            #expect(wheel.next == nil)
        }
    }

    private func due<Action>(_ step: Int, _ wheel: inout AlarmWheel<Action>) -> [Action] { wheel.due(at: step) }

    private func cancel<Action>(_ id: AlarmWheel<Action>.ID, in wheel: inout AlarmWheel<Action>) -> Bool {
        wheel.cancel(id)
    }
}
