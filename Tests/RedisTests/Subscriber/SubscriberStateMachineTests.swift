import Testing

@testable import Redis

@Suite struct SubscriberStateMachineTests {
    @Test func greetsSubscribesAndDelivers() {
        var machine = RedisSubscriber.StateMachine(greetings: [.authenticate, .setName, .ping])
        #expect(machine.replyArrived(.simple(Array("OK".utf8))) == .none)
        // A name is a courtesy.
        #expect(machine.replyArrived(.error(Array("ERR no names here".utf8))) == .none)
        #expect(machine.replyArrived(.simple(Array("PONG".utf8))) == .none)
        #expect(!machine.isSubscribed)
        #expect(machine.replyArrived(push("subscribe", "c", count: 1)) == .subscribed)
        #expect(machine.isSubscribed)
        #expect(machine.replyArrived(push("message", "c", "hello")) == .deliver(Array("hello".utf8)))
        #expect(machine.replyArrived(push("pong", "")) == .none)
    }

    @Test func isRefused() {
        var login = RedisSubscriber.StateMachine(greetings: [.authenticate, .ping])
        #expect(login.replyArrived(.error(Array("WRONGPASS".utf8))) == .refused)
        var channel = RedisSubscriber.StateMachine(greetings: [])
        #expect(channel.replyArrived(.error(Array("NOPERM".utf8))) == .refused)
    }

    @Test(arguments: [
        RedisReply.integer(1), .null, .array([]), .simple(Array("OK".utf8)), push("unsubscribe", "c", count: 0),
        push("message", "c"), .array([.integer(1), .integer(2), .integer(3)]),
    ])
    func closesOnWhatNoSubscriberIsTold(_ reply: RedisReply) {
        var machine = RedisSubscriber.StateMachine(greetings: [])
        if reply != push("message", "c") { #expect(machine.replyArrived(reply) == .unexpected) }
        machine = RedisSubscriber.StateMachine(greetings: [])
        _ = machine.replyArrived(push("subscribe", "c", count: 1))
        #expect(machine.replyArrived(reply) == .unexpected)
    }

    @Test func noticesAPeerThatFallsSilent() {
        var machine = RedisSubscriber.StateMachine(greetings: [])
        #expect(machine.tick() == .none, "connecting has a time-out of its own")
        _ = machine.replyArrived(push("subscribe", "c", count: 1))
        #expect(machine.tick() == .none, "something was heard since the last tick")
        #expect(machine.tick() == .ping)
        #expect(machine.replyArrived(push("pong", "")) == .none)
        #expect(machine.tick() == .none)
        #expect(machine.tick() == .ping)
        #expect(machine.tick() == .giveUp)
    }
}

private func push(_ parts: String..., count: Int? = nil) -> RedisReply {
    .array(parts.map { .bulk(Array($0.utf8)) } + (count.map { [.integer($0)] } ?? []))
}
