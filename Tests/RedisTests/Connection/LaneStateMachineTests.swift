import NIOCore
import Testing

@testable import Redis

@Suite struct LaneStateMachineTests {
    private func at(_ milliseconds: UInt64) -> NIODeadline { .uptimeNanoseconds(milliseconds * 1_000_000) }

    @Test func holdsCommandsForTheFirstConnection() {
        var machine = RedisLane.StateMachine()
        #expect(machine.send(1, deadline: at(1000)) == .hold)
        #expect(machine.start() == .connect)
        #expect(machine.start() == .none, "once")
        #expect(machine.send(2, deadline: at(1001)) == .hold)
        #expect(machine.nextDeadline == at(1000))
        #expect(machine.up() == [1, 2])
        #expect(machine.nextDeadline == nil)
        #expect(machine.send(3, deadline: at(1002)) == .write)
    }

    @Test func refusesAfterAFailedAttemptUntilOneSucceeds() {
        var machine = RedisLane.StateMachine()
        _ = machine.start()
        _ = machine.send(1, deadline: at(1000))
        #expect(machine.down() == .retry(failures: 1, fail: [1]))
        #expect(machine.send(2, deadline: at(1000)) == .refuse)
        #expect(machine.retry() == .connect)
        #expect(machine.send(3, deadline: at(1000)) == .refuse)
        #expect(machine.down() == .retry(failures: 2, fail: []))
        #expect(machine.retry() == .connect)
        #expect(machine.up() == [])
        #expect(machine.send(4, deadline: at(1000)) == .write)
    }

    @Test func holdsCommandsAfterALoss() {
        var machine = RedisLane.StateMachine()
        _ = machine.start()
        _ = machine.up()
        #expect(machine.down() == .retry(failures: 1, fail: []))
        #expect(machine.down() == .none, "once")
        #expect(machine.send(1, deadline: at(1000)) == .hold)
        #expect(machine.retry() == .connect)
        #expect(machine.up() == [1])
    }

    @Test func heldCommandsTimeOut() {
        var machine = RedisLane.StateMachine()
        _ = machine.send(1, deadline: at(1000))
        _ = machine.send(2, deadline: at(1500))
        #expect(machine.expired(now: at(999)) == [])
        #expect(machine.expired(now: at(1000)) == [1])
        #expect(machine.nextDeadline == at(1500))
        _ = machine.start()
        #expect(machine.up() == [2])
    }

    @Test func stopsForGood() {
        var machine = RedisLane.StateMachine()
        _ = machine.send(1, deadline: at(1000))
        #expect(machine.stop() == [1])
        #expect(machine.send(2, deadline: at(1000)) == .refuse)
        #expect(machine.start() == .none)
        #expect(machine.retry() == .none)
        #expect(machine.down() == .none)
    }
}
