import Agent
import Testing

@testable import MCP

/// Which answer belongs to which request on one connection, as transcripts.
@Suite struct RequestTableTests {
    private func text(_ action: RequestTable.Action?) -> String {
        switch action {
        case .finish(let number, .result): "result \(number)"
        case .finish(let number, .refused(let error)): "refused \(number) \(error.code)"
        case .finish(let number, .failed(let code, _)): "failed \(number) \(code)"
        case .extend(let number): "extend \(number)"
        case .toolsChanged: "changed"
        case .send(.result): "send result"
        case .send: "send error"
        case nil: "-"
        }
    }

    private func take(_ json: String, _ table: inout RequestTable) throws -> String {
        text(table.take(try JSONRPCMessage(parsing: json.utf8)))
    }

    @Test func answersFindTheirRequests() throws {
        var table = RequestTable(limit: 4)
        let numbers = [table.add(), table.add(), table.add()]
        #expect(numbers == [1, 2, 3])
        #expect(try take(#"{"id":2,"result":{}}"#, &table) == "result 2")
        #expect(try take(#"{"id":2,"result":{}}"#, &table) == "-")
        #expect(try take(#"{"id":"3","error":{"code":-32602,"message":""}}"#, &table) == "refused 3 -32602")
        #expect(try take(#"{"id":9,"result":{}}"#, &table) == "-")
        // Whose it is can be told by now.
        #expect(try take(#"{"id":null,"error":{"code":-32700,"message":""}}"#, &table) == "refused 1 -32700")
        #expect(table.count == 0)
    }

    @Test func progressAndQuestionsPass() throws {
        var table = RequestTable(limit: 4)
        _ = table.add()
        let progress = #"{"method":"notifications/progress","params":{"progressToken":1,"progress":1}}"#
        #expect(try take(progress, &table) == "extend 1")
        #expect(try take(#"{"id":1,"method":"ping"}"#, &table) == "send result")
        #expect(try take(#"{"id":"a","method":"roots/list"}"#, &table) == "send error")
        #expect(try take(#"{"method":"notifications/tools/list_changed"}"#, &table) == "changed")
        #expect(try take(#"{"method":"notifications/message","params":{}}"#, &table) == "-")
        let wasWaiting = table.cancel(1)
        #expect(wasWaiting)
        #expect(try take(progress, &table) == "-")
        let waitsStill = table.cancel(1)
        #expect(!waitsStill)
    }

    @Test func badLinesEndARequestOnlyWhenItIsClearWhich() {
        var table = RequestTable(limit: 4)
        _ = table.add()
        _ = table.add()
        #expect(text(table.take(.notJSON)) == "-")
        #expect(text(table.take(.tooLarge)) == "-")
        #expect(text(table.take(.notMessage(id: .int(1)))) == "failed 1 malformed")
        #expect(text(table.take(.tooLarge)) == "failed 2 tooLarge")
    }

    @Test func aClosedTableTakesNothing() {
        var table = RequestTable(limit: 2)
        let numbers = [table.add(), table.add(), table.add()]
        #expect(numbers == [1, 2, nil])
        let waiting = table.close()
        #expect(waiting == [1, 2])
        let refused = table.add()
        #expect(refused == nil)
        table.open()
        // Numbers are not used again: a late answer cannot be taken for another.
        let next = table.add()
        #expect(next == 3)
    }
}

/// How long requests are waited for.
@Suite struct PatienceTests {
    @Test func progressExtendsUpToTheCap() {
        let start = ContinuousClock.now
        var patience = Patience(silence: .seconds(10), longest: .seconds(25), now: start)
        #expect(patience.end == start + .seconds(10))
        patience.progressed(at: start + .seconds(8))
        #expect(patience.end == start + .seconds(18))
        patience.progressed(at: start + .seconds(17))
        #expect(patience.end == start + .seconds(25))
        patience.progressed(at: start + .seconds(24))
        #expect(patience.end == patience.hardEnd)
    }

    @Test func pausesGrowUpToTheLongest() {
        var backoff = ClientBackoff()
        backoff.first = .seconds(1)
        backoff.longest = .seconds(5)
        #expect([1, 2, 3, 4, 99].map(backoff.pause(after:)) == [1, 2, 4, 5, 5].map { .seconds($0) })
    }

    @Test func workThatEndsInTimeCounts() async {
        let patience = SharedPatience(silence: .seconds(60), longest: .seconds(60))
        #expect(await patience.bound { 7 } == 7)
    }

    @Test func workThatTakesTooLongIsCancelled() async {
        let patience = SharedPatience(silence: .milliseconds(10), longest: .seconds(60))
        let outcome = await patience.bound { (try? await Task.sleep(for: .seconds(60))) != nil }
        #expect(outcome == nil)
    }

    @Test func aCancelledCallerGetsWhatItsWorkGives() async {
        let patience = SharedPatience(silence: .seconds(60), longest: .seconds(60))
        let outcome = await withTaskGroup(of: String?.self) { group in
            group.addTask {
                await patience.bound { (try? await Task.sleep(for: .seconds(60))) == nil ? "cut" : "done" }
            }
            group.cancelAll()
            return await group.next() ?? nil
        }
        #expect(outcome == "cut")
    }
}
