import Testing

@testable import Postgres

@Suite struct LinkStateMachineTests {
    private let duplicate = ServerFailure(
        sqlState: "23505",
        severity: "ERROR",
        text: "Key (a)=(secret)",
        constraint: "k"
    )
    private let shutdown = ServerFailure(sqlState: "57P01", severity: "FATAL", text: "terminating connection")

    @Test func deliversAWholeReplyAndIsFreeAgain() {
        var machine = PostgresLink.StateMachine()
        #expect(machine.begin(.outcome) == .send)
        #expect(machine.begin(.outcome) == .refuseBusy)
        #expect(!machine.isIdle)
        #expect(machine.resultArrived(.rows) == .keep)
        #expect(machine.ended() == .deliver)
        #expect(machine.isIdle)
        #expect(machine.begin(.nothing) == .send)
    }

    @Test func aRefusedStatementHasNotHappened() {
        var machine = PostgresLink.StateMachine()
        _ = machine.begin(.outcome)
        #expect(machine.resultArrived(.failure(duplicate)) == .drop)
        #expect(machine.ended() == .fail(duplicate, outcomeUnknown: false))
        #expect(machine.isIdle)
    }

    /// A constraint that is checked at the end of the transaction speaks up after the statement's own result.
    @Test func anErrorAfterTheResultCounts() {
        var machine = PostgresLink.StateMachine()
        _ = machine.begin(.outcome)
        #expect(machine.resultArrived(.done) == .keep)
        #expect(machine.resultArrived(.failure(duplicate)) == .drop)
        #expect(machine.resultArrived(.rows) == .drop)
        #expect(machine.ended() == .fail(duplicate, outcomeUnknown: false))
    }

    @Test func aServerThatGoesDownLeavesTheOutcomeOpen() {
        for (stake, isOpen) in [(PostgresLink.StateMachine.Stake.outcome, true), (.nothing, false)] {
            var machine = PostgresLink.StateMachine()
            _ = machine.begin(stake)
            #expect(machine.resultArrived(.failure(shutdown)) == .drop)
            #expect(machine.ended() == .fail(shutdown, outcomeUnknown: isOpen))
            #expect(machine.isBroken)
            #expect(machine.begin(stake) == .refuseBroken)
        }
    }

    @Test func theFirstErrorIsTheReasonAndAFatalOneTheEnd() {
        var machine = PostgresLink.StateMachine()
        _ = machine.begin(.outcome)
        _ = machine.resultArrived(.failure(duplicate))
        _ = machine.resultArrived(.failure(shutdown))
        var reason = duplicate
        reason.isFatal = true
        #expect(machine.ended() == .fail(reason, outcomeUnknown: true))
        #expect(machine.isBroken)
    }

    @Test func whatIsInterruptedIsBroken() {
        for (stake, isOpen) in [(PostgresLink.StateMachine.Stake.outcome, true), (.nothing, false)] {
            var machine = PostgresLink.StateMachine()
            _ = machine.begin(stake)
            _ = machine.resultArrived(.rows)
            #expect(machine.interrupted() == isOpen)
            #expect(machine.isBroken)
            #expect(machine.resultArrived(.rows) == .drop, "what comes later belongs to nobody")
            #expect(machine.begin(.outcome) == .refuseBroken)
        }
        var idle = PostgresLink.StateMachine()
        #expect(idle.interrupted() == false)
        #expect(idle.isBroken)
    }

    @Test func closesOnWhatHasNoEnd() {
        var machine = PostgresLink.StateMachine()
        _ = machine.begin(.outcome)
        #expect(machine.resultArrived(.foreign) == .close)
    }

    @Test func messagesWithValuesAreNotPassedOn() {
        #expect(!"\(PostgresError(duplicate, outcomeUnknown: false))".contains("secret"))
        #expect(PostgresError(duplicate, outcomeUnknown: false).constraint == "k")
        let missing = ServerFailure(sqlState: "42P01", severity: "ERROR", text: "relation \"x\" does not exist")
        #expect(PostgresError(missing, outcomeUnknown: false).message == "relation \"x\" does not exist")
        #expect(PostgresError(missing, outcomeUnknown: false).code == .server)
        #expect(PostgresError(shutdown, outcomeUnknown: true).code == .connectionClosed)
        let canceled = ServerFailure(sqlState: "57014", severity: "ERROR", text: "canceling statement")
        #expect(PostgresError(canceled, outcomeUnknown: false).code == .timeout)
    }

    @Test func readsWhyThereIsNoConnection() {
        let refused = PostgresError(
            connecting:
                "connection to server at \"h\" (::1), port 1 failed: Connection refused\n\tIs the server running?\n"
                + "connection to server at \"h\" (127.0.0.1), port 1 failed: FATAL:  28P01: password authentication failed\n"
                + "LOCATION:  auth_failed, auth.c:335\n"
        )
        #expect(refused.code == .unavailable)
        #expect(refused.sqlState == "28P01")
        #expect(refused.message.contains("Connection refused") && !refused.message.contains("LOCATION"))
        #expect(PostgresError(connecting: "").sqlState == nil)
        #expect(PostgresError(connecting: "FATAL:  words: more").sqlState == nil)
    }

    @Test func preparesATextOnceAndNotWithoutEnd() {
        var texts = PreparedTexts(limit: 2)
        #expect(texts.plan("a") == .prepare("p1"))
        #expect(texts.plan("a") == .prepare("p2"), "the first preparation has failed")
        texts.prepared("a", as: "p2")
        #expect(texts.plan("a") == .run("p2"))
        #expect(texts.plan("b") == .prepare("p3"))
        texts.prepared("b", as: "p3")
        #expect(texts.plan("c") == .unprepared)
        texts.forget("a")
        #expect(texts.plan("c") == .prepare("p4"))
    }
}
