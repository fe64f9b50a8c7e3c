import TestSupport
import Testing

@testable import MCP

/// Those who need the same thing get it from one of them.
@Suite(.timeLimit(.minutes(1))) struct SingleFlightTests {
    @Test func oneDoesTheWork() async {
        let flights = SingleFlight<String, Int>()
        let runs = EventCount()
        let gate = EventCount()
        let values = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try? await flights.outcome(for: "a") {
                        runs.add()
                        await gate.wait()
                        return .success(7)
                    }.get()
                }
            }
            while flights.waiting(for: "a") < 19 { await Task.yield() }
            gate.add()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values.allSatisfy { $0 == 7 })
        #expect(runs.count == 1)
    }

    @Test func aCancelledLeaderLeavesTheWorkToAnother() async throws {
        let flights = SingleFlight<String, Int>()
        let begun = EventCount()
        let value = await withTaskGroup(of: Int?.self) { group in
            group.addTask {
                await withTaskGroup(of: Int?.self) { inner in
                    inner.addTask {
                        try? await flights.outcome(for: "a") {
                            begun.add()
                            let isCut = (try? await Task.sleep(for: .seconds(60))) == nil
                            return isCut ? .failure(MCPError(.cancelled, "")) : .success(1)
                        }.get()
                    }
                    await begun.wait()
                    inner.cancelAll()
                    return await inner.next() ?? nil
                }
            }
            await begun.wait()
            return try? await flights.outcome(for: "a") { .success(2) }.get()
        }
        #expect(value == 2)
    }

    @Test func aCancelledWaiterDoesNotWait() async {
        let flights = SingleFlight<String, Int>()
        let begun = EventCount()
        let end = EventCount()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = await flights.outcome(for: "a") {
                    begun.add()
                    await end.wait()
                    return .success(1)
                }
            }
            await begun.wait()
            let outcome = await withTaskGroup(of: Result<Int, MCPError>.self) { inner in
                inner.addTask { await flights.outcome(for: "a") { .success(2) } }
                inner.cancelAll()
                return await inner.next()
            }
            if case .failure(let error)? = outcome {
                #expect(error.code == .cancelled)
            } else {
                Issue.record("it waited")
            }
            end.add()
        }
    }
}
