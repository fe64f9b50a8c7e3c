import Testing

@testable import parley

@Suite struct ListenerDrainTests {
    private typealias Machine = ListenerDrain.StateMachine

    @Test func anEmptyQueueIsLookedAtTwice() {
        var machine = Machine()
        #expect(machine.acceptsDone() == .none)
        #expect(machine.closeAsked() == .refuseHandshakes)
        #expect(machine.handshakesOver() == .look)
        #expect(machine.looked(waiting: 0) == .handOver)
        #expect(machine.handedOver() == .look)
        #expect(machine.looked(waiting: 0) == .close)
        #expect(machine.timeIsUp() == .none)
        #expect(machine.closeAsked() == .close, "it was drained before")
    }

    @Test func aFullQueueIsEmptiedFirst() {
        var machine = Machine()
        _ = machine.closeAsked()
        machine.accepted()
        #expect(machine.acceptsDone() == .none)
        #expect(machine.handshakesOver() == .look)
        #expect(machine.looked(waiting: 9) == .none)
        machine.accepted()
        #expect(machine.acceptsDone() == .look)
        #expect(machine.looked(waiting: 0) == .handOver)
    }

    @Test func aConnectionAcceptedMeanwhileIsHandedOverToo() {
        var machine = Machine()
        _ = machine.closeAsked()
        _ = machine.handshakesOver()
        _ = machine.looked(waiting: 0)
        machine.accepted()
        #expect(machine.acceptsDone() == .none)
        #expect(machine.handedOver() == .look)
        #expect(machine.looked(waiting: 0) == .handOver)
        #expect(machine.handedOver() == .look)
        #expect(machine.looked(waiting: 1) == .none)
        #expect(machine.handedOver() == .none)
        #expect(machine.acceptsDone() == .look)
    }

    @Test func timeEndsIt() {
        var machine = Machine()
        _ = machine.closeAsked()
        _ = machine.handshakesOver()
        _ = machine.looked(waiting: 1)
        #expect(machine.timeIsUp() == .close)
        #expect(machine.acceptsDone() == .none)
    }
}

@Suite struct ConnectionDrainTests {
    @Test func aConnectionWithARequestClosesBehindIt() {
        var machine = ConnectionDrain.StateMachine()
        #expect(machine.requestBegan() == .none)
        #expect(machine.quiesce() == .passOn)
        #expect(machine.quiesce() == .none)
        machine.responseEnded()
        #expect(machine.patienceEnded() == .none)
    }

    @Test func aConnectionBetweenRequestsAwaitsOne() {
        var machine = ConnectionDrain.StateMachine()
        _ = machine.requestBegan()
        machine.responseEnded()
        #expect(machine.quiesce() == .wait)
        #expect(machine.requestBegan() == .passOn)
        #expect(machine.patienceEnded() == .none)
    }

    @Test func aSilentConnectionCloses() {
        var machine = ConnectionDrain.StateMachine()
        #expect(machine.quiesce() == .wait)
        #expect(machine.patienceEnded() == .passOn)
        #expect(machine.requestBegan() == .none)
    }
}
