import TestSupport
import Testing

@testable import Postgres

@Suite struct PoolStateMachineTests {
    private typealias Machine = PostgresPool.StateMachine
    private func attempts(_ count: Int, failures: Int = 0) -> Machine.Attempts {
        Machine.Attempts(count: count, failures: failures)
    }

    @Test func connectsOnDemandAndServesInOrder() {
        var machine = Machine(size: 2, maximumWaiters: 10)
        #expect(machine.acquire(1) == .wait(attempts(0)), "the service has not begun")
        #expect(machine.start() == attempts(1))
        #expect(machine.start() == attempts(0), "once")
        #expect(machine.acquire(2) == .wait(attempts(1)))
        #expect(machine.acquire(3) == .wait(attempts(0)), "no place for a third")
        #expect(machine.connected(7) == (.lend(7, to: 1), attempts(0)))
        #expect(machine.connected(8) == (.lend(8, to: 2), attempts(0)))
        #expect(machine.released(8, isReusable: true) == (.lend(8, to: 3), attempts(0)))
        #expect(machine.released(7, isReusable: true) == (.keep, attempts(0)))
        #expect(machine.released(8, isReusable: true) == (.keep, attempts(0)))
        #expect(machine.acquire(4) == .lend(8), "the one used last")
    }

    @Test func replacesWhatCannotBeReused() {
        var machine = Machine(size: 1, maximumWaiters: 10)
        _ = machine.start()
        _ = machine.connected(1)
        #expect(machine.acquire(1) == .lend(1))
        #expect(machine.acquire(2) == .wait(attempts(0)))
        #expect(machine.released(1, isReusable: false) == (.close, attempts(1)))
        #expect(machine.connected(2) == (.lend(2, to: 2), attempts(0)))
        #expect(machine.released(2, isReusable: false) == (.close, attempts(0)), "nobody waits for another")
        #expect(machine.acquire(3) == .wait(attempts(1)))
    }

    @Test func refusesAtItsBound() {
        var machine = Machine(size: 1, maximumWaiters: 2)
        _ = machine.start()
        _ = machine.acquire(1)
        _ = machine.acquire(2)
        #expect(machine.acquire(3) == .refuseOverloaded)
        #expect(machine.leave(1) == true)
        #expect(machine.leave(1) == false, "once")
        #expect(machine.acquire(4) == .wait(attempts(0)))
        #expect(machine.connected(1) == (.lend(1, to: 2), attempts(0)), "who has left is passed over")
        #expect(machine.leave(2) == false, "served already")
    }

    @Test func refusesAfterAFailedAttemptUntilOneSucceeds() {
        var machine = Machine(size: 4, maximumWaiters: 10)
        _ = machine.start()
        _ = machine.acquire(1)
        #expect(machine.acquire(2) == .wait(attempts(1)))
        #expect(machine.failed() == .init(fail: [], attempts: attempts(0, failures: 1)), "another is under way")
        #expect(machine.failed() == .init(fail: [1, 2], attempts: attempts(1, failures: 2)))
        #expect(machine.acquire(3) == .refuseUnavailable)
        #expect(machine.failed() == .init(fail: [], attempts: attempts(1, failures: 3)))
        #expect(machine.connected(1) == (.keep, attempts(0)))
        #expect(machine.acquire(4) == .lend(1))
        #expect(machine.acquire(5) == .wait(attempts(1)))
    }

    @Test func waitsWhileOthersHaveConnections() {
        var machine = Machine(size: 2, maximumWaiters: 10)
        _ = machine.start()
        _ = machine.connected(1)
        _ = machine.acquire(1)
        #expect(machine.acquire(2) == .wait(attempts(1)))
        // The server takes no more connections; the one that there is comes back.
        #expect(machine.failed() == .init(fail: [], attempts: attempts(1, failures: 1)))
        #expect(machine.acquire(3) == .wait(attempts(0, failures: 1)), "one attempt at a time after a failure")
        #expect(machine.released(1, isReusable: true) == (.lend(1, to: 2), attempts(0, failures: 1)))
    }

    @Test func drainsAndStops() {
        var machine = Machine(size: 3, maximumWaiters: 10)
        _ = machine.start()
        _ = machine.connected(1)
        #expect(machine.acquire(1) == .lend(1))
        _ = machine.acquire(2)
        _ = machine.connected(2)
        _ = machine.acquire(3)
        _ = machine.connected(3)
        #expect(machine.released(3, isReusable: true) == (.keep, attempts(0)))
        #expect(machine.drain() == .init(close: [3]))
        #expect(machine.acquire(4) == .refuseStopped)
        #expect(machine.released(1, isReusable: true) == (.close, attempts(0)))
        #expect(!machine.isDrained)
        #expect(machine.stop() == .init(hangUp: [2]))
        #expect(machine.stop() == .init())
        #expect(machine.released(2, isReusable: true) == (.close, attempts(0)))
        #expect(machine.isDrained)
        #expect(machine.failed() == .init(fail: [], attempts: attempts(0)))
        #expect(machine.connected(9) == (.close, attempts(0)))
    }

    /// Random events: never more connections than places, each caller answered once, no connection lent twice.
    @Test(arguments: 0..<200)
    func keepsItsPromisesWhateverHappens(seed: Int) {
        var dice = Dice(state: UInt64(seed))
        var machine = Machine(size: 3, maximumWaiters: 5)
        var (lent, waiting, idle, underWay) = (Set<UInt64>(), Set<UInt64>(), Set<UInt64>(), machine.start().count)
        var last: UInt64 = 0
        for _ in 0..<400 {
            last += 1
            switch dice.roll(5) {
            case 1:
                switch machine.acquire(last) {
                case .lend(let link):
                    #expect(idle.remove(link) != nil)
                    lent.insert(link)
                case .wait(let attempts):
                    waiting.insert(last)
                    underWay += attempts.count
                case .refuseOverloaded: #expect(waiting.count == 5)
                case .refuseUnavailable: #expect(lent.isEmpty && idle.isEmpty)
                case .refuseStopped: Issue.record("not stopped")
                }
            case 2 where underWay > 0:
                underWay -= 1
                apply(machine.connected(last), last)
            case 3 where underWay > 0:
                underWay -= 1
                let action = machine.failed()
                underWay += action.attempts.count
                for caller in action.fail { #expect(waiting.remove(caller) != nil) }
            case 4:
                guard let link = lent.randomElement() else { continue }
                lent.remove(link)
                apply(machine.released(link, isReusable: dice.roll(2) == 1), link)
            default:
                guard let caller = waiting.first else { continue }
                #expect(machine.leave(caller) == true)
                waiting.remove(caller)
            }
            #expect(lent.count + idle.count + underWay <= 3)
            #expect(waiting.isEmpty || underWay + lent.count > 0, "whoever waits waits for something")
        }

        func apply(_ done: (action: Machine.LinkAction, attempts: Machine.Attempts), _ link: UInt64) {
            underWay += done.attempts.count
            switch done.action {
            case .lend(_, let caller):
                #expect(waiting.remove(caller) != nil)
                lent.insert(link)
            case .keep: idle.insert(link)
            case .close: break
            }
        }
    }
}
