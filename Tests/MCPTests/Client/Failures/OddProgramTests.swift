import Agent
import Glibc
import MCP
import Testing

/// Programs as servers that are noisy, deaf, dying or stubborn.
@Suite(.serialized, .timeLimit(.minutes(1))) struct OddProgramTests {
    private func with<Result: Sendable>(
        _ habit: String,
        _ settings: MCPClientSettings = .impatient,
        _ use: (MCPTools) async throws -> Result
    ) async throws -> Result {
        let command = ["/usr/bin/python3", SDK.script("odd_program.py"), habit]
        return try await withTools([MCPServerAddress(.stdio(command: command), isTrusted: false)], settings, use)
    }

    /// Calls `tool` until the program is back, which nobody is told.
    private func comeBack(_ tool: String, _ tools: MCPTools) async -> ToolResult {
        for _ in 0..<100 {
            let result = await tools.call(tool)
            guard result.isError, (try? await Task.sleep(for: .milliseconds(20))) != nil else { return result }
        }
        return .error("it did not come back")
    }

    @Test func noiseIsPassedOverAndQuestionsAnswered() async throws {
        let result = try await with("noisy") { await $0.call("write") }
        #expect(result.text == "s1 {} s2 -32601")
    }

    @Test func anOldProgramIsAskedInTheOldWay() async throws {
        var settings = MCPClientSettings.impatient
        // It does not answer the first question.
        settings.probeTimeout = .milliseconds(500)
        #expect(try await with("old", settings) { await $0.call("write") }.text == "ok")
    }

    @Test func aProgramThatEndsOverTheQuestionIsStartedAgainAndAskedInTheOldWay() async throws {
        let result = try await with("shy") { tools in
            await comeBack("write", tools)
        }
        #expect(result.text == "ok")
    }

    @Test func aDeadProgramFailsItsWaitersAtOnceAndComesBack() async throws {
        var settings = MCPClientSettings.impatient
        settings.callTimeout = .seconds(30)
        settings.longestCall = .seconds(30)
        let start = ContinuousClock.now
        let (lost, before, after) = try await with("dies", settings) { tools in
            let before = await tools.call("pid").text
            let lost = await tools.call("write")
            return (lost, before, await comeBack("pid", tools).text)
        }
        #expect(lost.text.contains("may or may not have been done"))
        #expect(lost.warnings == ["A tool call failed: the tool server is not available"])
        #expect(Int(before) != nil)
        #expect(Int(after) != nil)
        #expect(before != after)
        #expect(.now - start < .seconds(10))
    }

    @Test func aCallThatIsNeverAnsweredIsGivenUp() async throws {
        var settings = MCPClientSettings.impatient
        // The next call has to be answered within it.
        settings.callTimeout = .seconds(3)
        let (silent, next) = try await with("silent", settings) { (await $0.call("write"), await $0.call("pid")) }
        #expect(silent.warnings == ["A tool call failed: the tool server did not answer in time"])
        #expect(!next.isError)
    }

    @Test func aDeafProgramIsDoneWithout() async throws {
        var settings = MCPClientSettings.impatient
        settings.offerTimeout = .seconds(1)
        settings.backoff.first = .seconds(60)
        settings.backoff.longest = .seconds(60)
        let start = ContinuousClock.now
        let offers = try await with("deaf", settings) { tools in
            var offers: [ToolOffer] = []
            for _ in 0..<10 { offers.append(await tools.tools(for: .test)) }
            return offers
        }
        #expect(offers.allSatisfy { $0.tools.isEmpty && $0.warnings.count == 1 })
        #expect(.now - start < .seconds(8))
    }

    @Test func aLineThatIsTooLongFailsItsCall() async throws {
        var settings = MCPClientSettings.impatient
        settings.maximumMessageBytes = 100_000
        let (large, next) = try await with("large", settings) { (await $0.call("write"), await $0.call("pid")) }
        #expect(large.warnings == ["A tool call failed: the tool server answered what cannot be used"])
        #expect(!next.isError)
    }

    @Test(arguments: ["plain", "stubborn", "parent"]) func nothingIsLeftRunning(habit: String) async throws {
        let pids = try await with(habit) { await $0.call("pid").text }.split(separator: " ")
        #expect(pids.count == (habit == "parent" ? 2 : 1))
        // The program has been waited for; what it started has been killed, and nobody is told when that is done.
        for _ in 0..<100 where pids.contains(where: isRunning) { try await Task.sleep(for: .milliseconds(10)) }
        for pid in pids { #expect(!isRunning(pid)) }
    }

    /// Whether there is such a process, and not only the entry of one that nobody has asked for its end.
    private func isRunning(_ pid: Substring) -> Bool {
        guard let file = fopen("/proc/\(pid)/stat", "r") else { return false }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        guard fgets(&line, 512, file) != nil else { return false }
        let text = line.withUnsafeBufferPointer { String(decoding: $0.map(UInt8.init(bitPattern:)), as: UTF8.self) }
        return !text.contains(") Z ") && !text.contains(") X ")
    }

    @Test func theDeathOfAProgramIsNoticedWhileItsOutputStaysOpen() async throws {
        let result = try await with("parent") { tools in
            _ = await tools.call("write")
            return await comeBack("write", tools)
        }
        #expect(result.text == "ok")
    }

    @Test func aProgramThatIsNotThereCostsOnlyItsTools() async throws {
        let address = MCPServerAddress(.stdio(command: ["/no/such/program"]), isTrusted: true)
        let offer = try await withTools([address], .impatient) { await $0.tools(for: .test) }
        #expect(offer == ToolOffer(tools: [], warnings: ["Tools are missing: the tool server is not available"]))
    }

    @Test func theProgramGetsNoSecretsOfOurs() async throws {
        setenv("PARLEY_TEST_SECRET", "canary-environment", 1)
        let text = try await with("plain") { await $0.call("environment").text }
        #expect(text.contains("PATH"))
        #expect(!text.contains("canary"))
    }

    @Test func manyCallsAtATimeGetTheirOwnAnswers() async throws {
        var settings = MCPClientSettings()
        settings.maximumInFlight = 200
        let failed = try await with("plain", settings) { tools in
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<200 { group.addTask { await tools.call("write").text == "ok" } }
                return await group.reduce(into: 0) { $0 += $1 ? 0 : 1 }
            }
        }
        #expect(failed == 0)
    }
}
