import NIOCore
import Testing

@testable import Redis

/// Transcripts: events in, actions out.
@Suite struct ConnectionStateMachineTests {
    private func at(_ milliseconds: UInt64) -> NIODeadline { .uptimeNanoseconds(milliseconds * 1_000_000) }

    private func up() -> RedisConnection.StateMachine {
        var machine = RedisConnection.StateMachine()
        machine.opened([.ping])
        _ = machine.replyArrived(isError: false)
        return machine
    }

    @Test func greetsBeforeItTakesCommands() {
        var machine = RedisConnection.StateMachine()
        #expect(machine.send(1, deadline: at(1000)) == .refuse)
        machine.opened([.authenticate, .select, .setName, .ping])
        #expect(machine.replyArrived(isError: false) == .none)
        #expect(machine.replyArrived(isError: false) == .none)
        #expect(machine.send(1, deadline: at(1000)) == .refuse)
        #expect(machine.replyArrived(isError: true) == .none, "a name is a courtesy")
        #expect(!machine.isUp)
        #expect(machine.replyArrived(isError: false) == .up)
        #expect(machine.send(1, deadline: at(1000)) == .write)
    }

    @Test func isRefusedAtAnyOtherGreeting() {
        for greeting in [RedisGreeting.authenticate, .select, .ping] {
            var machine = RedisConnection.StateMachine()
            machine.opened([greeting])
            #expect(machine.replyArrived(isError: true) == .refused(greeting))
            #expect(machine.closed()?.wasUp == false)
        }
    }

    @Test func deliversInOrder() {
        var machine = up()
        for id in UInt64(1)...3 { #expect(machine.send(id, deadline: at(1000)) == .write) }
        #expect(machine.replyArrived(isError: false) == .deliver(1))
        #expect(machine.replyArrived(isError: true) == .deliver(2))
        #expect(machine.replyArrived(isError: false) == .deliver(3))
        #expect(machine.replyArrived(isError: false) == .unexpected)
    }

    @Test func aCancelledCommandKeepsItsSlot() {
        var machine = up()
        for id in UInt64(1)...3 { _ = machine.send(id, deadline: at(1000)) }
        machine.cancelled(2)
        machine.cancelled(2)
        #expect(machine.inFlight == 3)
        #expect(machine.replyArrived(isError: false) == .deliver(1))
        #expect(machine.replyArrived(isError: false) == .drop(2))
        #expect(machine.replyArrived(isError: false) == .deliver(3))
        machine.cancelled(3)
        #expect(machine.replyArrived(isError: false) == .unexpected)
    }

    @Test func theOldestCommandTimesOutForAll() {
        var machine = up()
        #expect(machine.nextDeadline == nil)
        _ = machine.send(1, deadline: at(1000))
        _ = machine.send(2, deadline: at(1005))
        _ = machine.send(3, deadline: at(1900))
        #expect(machine.nextDeadline == at(1000))
        #expect(!machine.hasTimedOut(now: at(999)))
        #expect(machine.hasTimedOut(now: at(1010)))
        #expect(machine.overdue(now: at(1010)) == [1, 2])
        #expect(machine.closed() == .init(wasUp: true, undone: [1, 2, 3]))
        #expect(machine.closed() == nil, "once")
        #expect(machine.send(4, deadline: at(3000)) == .refuse)
        #expect(machine.replyArrived(isError: false) == .none, "nobody's")
    }

    @Test func aCancelledCommandTimesOutAsWell() {
        var machine = up()
        _ = machine.send(1, deadline: at(1000))
        machine.cancelled(1)
        #expect(machine.hasTimedOut(now: at(1000)))
        #expect(machine.closed() == .init(wasUp: true, undone: [1]))
    }
}
