import Agent
import TestSupport
import Testing

@testable import MCP

@Suite struct CallMemoryTests {
    private let done = ToolResult(text: "done")
    private let print: [UInt8] = [1]

    @Test func aKeyIsRunOnce() {
        var memory = CallMemory()
        #expect(memory.begin("k", print, startedAt: 5, now: 10) == .run)
        #expect(memory.begin("k", print, startedAt: 6, now: 11) == .wait)
        memory.settle("k", done, now: 12)
        #expect(memory.begin("k", print, startedAt: 7, now: 13) == .replay(done))
        #expect(memory.begin("k", [2], startedAt: 7, now: 13) == .differs)
        // A second end of the same call changes nothing.
        memory.settle("k", .error("late"), now: 14)
        #expect(memory.begin("k", print, startedAt: 7, now: 15) == .replay(done))
    }

    @Test func anUnknownEndIsLookedFor() {
        var memory = CallMemory()
        _ = memory.begin("k", print, startedAt: 5, now: 10)
        memory.settle("k", .unfinished, now: 11)
        #expect(memory.known("k", print) == .look(startedAt: 5))
        #expect(memory.begin("k", print, startedAt: 99, now: 12) == .look(startedAt: 5))
        #expect(memory.begin("k", print, startedAt: 99, now: 12) == .wait)
        memory.settle("k", done, now: 13)
        #expect(memory.known("k", print) == .replay(done))
        #expect(memory.known("other", print) == nil)
    }

    @Test func aRefusedTokenMayTryAgain() {
        var memory = CallMemory()
        var refused = ToolResult.error("no")
        refused.isUnauthorized = true
        _ = memory.begin("k", print, startedAt: 1, now: 1)
        memory.settle("k", refused, now: 2)
        #expect(memory.begin("k", print, startedAt: 1, now: 3) == .run)
    }

    @Test func aRefusedTokenForgetsNothingThatWasOrMayBeDone() {
        var memory = CallMemory()
        var partly = ToolResult(text: "partly", isError: true, created: [.userStory(id: 1, ref: 2, subject: "S")])
        let kept = partly
        partly.isUnauthorized = true
        _ = memory.begin("k", print, startedAt: 1, now: 1)
        memory.settle("k", partly, now: 2)
        #expect(memory.begin("k", print, startedAt: 1, now: 3) == .replay(kept))

        var lost = ToolResult.error("no")
        lost.isUnauthorized = true
        lost.mayHaveWritten = true
        _ = memory.begin("l", print, startedAt: 5, now: 5)
        memory.settle("l", lost, now: 6)
        #expect(memory.begin("l", print, startedAt: 7, now: 7) == .look(startedAt: 5))
    }

    @Test func theOldestGoFirstAndNothingUnderWay() {
        var memory = CallMemory(limits: CallMemory.Limits(entries: 2))
        _ = memory.begin("running", print, startedAt: 1, now: 1)
        _ = memory.begin("a", print, startedAt: 1, now: 1)
        memory.settle("a", done, now: 2)
        #expect(memory.begin("b", print, startedAt: 1, now: 3) == .run)
        #expect(memory.known("a", print) == nil)
        #expect(memory.begin("c", print, startedAt: 1, now: 4) == .full)
        #expect(memory.known("running", print) == .wait)
    }

    @Test func bytesAndAgeAreBounded() {
        let text = String(repeating: "x", count: 400)
        var memory = CallMemory(limits: CallMemory.Limits(bytes: 1000, age: 100))
        for (index, key) in ["a", "b", "c"].enumerated() {
            #expect(memory.begin(key, print, startedAt: 1, now: index) == .run)
            memory.settle(key, ToolResult(text: text), now: index)
        }
        #expect(memory.known("a", print) == nil)
        #expect(memory.known("c", print) != nil)
        #expect(memory.begin("d", print, startedAt: 1, now: 102) == .run)
        #expect(memory.known("b", print) == nil)
        #expect(memory.known("c", print) == nil)
    }

    @Test func manyKeysStayBounded() {
        var memory = CallMemory(limits: CallMemory.Limits(entries: 100))
        for index in 0..<10_000 {
            #expect(memory.begin("\(index)", print, startedAt: 1, now: index) == .run)
            memory.settle("\(index)", index % 3 == 0 ? .unfinished : done, now: index)
        }
        let kept = (0..<10_000).count { memory.known("\($0)", print) != nil }
        #expect(kept == 100)
        #expect(memory.known("9999", print) != nil)
    }

    @Test func aKeyThatIsLookedForAgainAndAgainTakesNoRoom() {
        var memory = CallMemory()
        _ = memory.begin("a", print, startedAt: 1, now: 1)
        memory.settle("a", done, now: 1)
        for time in 2..<5_000 {
            _ = memory.begin("b", print, startedAt: 2, now: time)
            memory.settle("b", .unfinished, now: time)
        }
        #expect(memory.known("a", print) == .replay(done))
        #expect(memory.known("b", print) == .look(startedAt: 2))
        #expect(memory.order.count < 100)
    }
}
