import Agent
import Foundation
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import MCP

/// A server on two pipes, as a program that started it sees it.
@Suite(.timeLimit(.minutes(1))) struct ServerStdioTests {
    /// The client's ends of the pipes.
    private final class Peer: Sendable {
        private let input: Int32
        private let outputs: (read: Int32, write: Int32)
        private let queue = DispatchQueue(label: "peer")
        let pipes: StandardPipes

        /// - Parameter isBlocking: whether the server's ends are as usual.
        init(isBlocking: Bool = true) {
            var toServer: [Int32] = [0, 0]
            var fromServer: [Int32] = [0, 0]
            _ = pipe(&toServer)
            _ = pipe(&fromServer)
            if !isBlocking {
                for descriptor in [toServer[0], fromServer[1]] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
            }
            input = toServer[1]
            outputs = (fromServer[0], fromServer[1])
            pipes = StandardPipes(input: toServer[0], output: fromServer[1])
        }

        func send(_ text: String) { _ = text.withCString { write(input, $0, strlen($0)) } }
        func send(_ message: JSONValue) { send(String(decoding: message.encoded(), as: UTF8.self) + "\n") }
        func closeInput() { close(input) }
        func closeOutput() { close(outputs.write) }

        /// The next line that the server writes; `nil` when it has ended.
        func next() async -> JSONValue? {
            await withCheckedContinuation { done in
                queue.async { [self] in done.resume(returning: readLine()) }
            }
        }

        private func readLine() -> JSONValue? {
            var line: [UInt8] = []
            var byte: UInt8 = 0
            while read(outputs.read, &byte, 1) == 1 {
                if byte == UInt8(ascii: "\n") { return (try? JSONValue(parsing: line)) ?? .string("not JSON") }
                line.append(byte)
            }
            return nil
        }
    }

    /// Serves until the input ends; what `body` gives.
    private func withServer<Result: Sendable>(
        _ tools: any ToolProvider,
        settings: MCPServerSettings = .open,
        grace: Duration = .seconds(10),
        peer: Peer = Peer(),
        _ body: (Peer) async throws -> Result
    ) async throws -> Result {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = StdioServer(
            MCPServer(tools: tools, settings: settings, logger: logger),
            pipes: peer.pipes,
            grace: grace
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await server.run()
                peer.closeOutput()
            }
            let result = try await body(peer)
            try await group.waitForAll()
            return result
        }
    }

    private static let initialize = JSONValue.rpc(0, "initialize", ["protocolVersion": "2025-03-26"])

    @Test func aClientIsServedUntilItsInputEnds() async throws {
        let tools = ScriptedTools { _ in ToolResult(text: #"{"ok":true}"#) }
        try await withServer(tools) { peer in
            peer.send(Self.initialize)
            #expect(await peer.next()?["result"]?["protocolVersion"] == "2025-03-26")
            peer.send(.rpc(nil, "notifications/initialized"))
            peer.send(.call(1, "look"))
            #expect(await peer.next()?["result"]?["structuredContent"]?["result"] == ["ok": true])
            peer.send(.call(2, "look", meta: .modernMeta()))
            #expect(await peer.next()?["result"]?["resultType"] == "complete")
            // The last line needs no line end.
            peer.send(#"{"jsonrpc":"2.0","id":3,"method":"ping"}"#)
            peer.closeInput()
            #expect(await peer.next()?["id"] == 3)
            #expect(await peer.next() == nil)
        }
    }

    @Test func nonBlockingPipesAreWaitedFor() async throws {
        let text = String(repeating: "long ", count: 40_000)
        try await withServer(ScriptedTools { _ in ToolResult(text: text) }, peer: Peer(isBlocking: false)) { peer in
            peer.send(Self.initialize)
            #expect(await peer.next()?["id"] == 0)
            peer.send(.call(1, "look"))
            // More than a pipe holds, so that the server's writes meet a full one.
            #expect(await peer.next()?["result"]?["content"] == [["type": "text", "text": .string(text)]])
            peer.closeInput()
            #expect(await peer.next() == nil)
        }
    }

    @Test func garbageIsAnsweredAndSurvived() async throws {
        var settings = MCPServerSettings.open
        settings.maxMessageBytes = 1000
        try await withServer(ScriptedTools(), settings: settings) { peer in
            for (text, code) in [
                ("{\n", -32700), ("\u{1}\n", -32700), ("[]\n", -32600), ("3\n", -32600), ("{\"id\":true}\n", -32600),
                (String(repeating: "x", count: 5000) + "\n", -32600), ("[{\"jsonrpc\":\"2.0\"}]\n", -32600),
                ("{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"tools/list\"}\n", -32600),
            ] {
                peer.send(text)
                #expect(await peer.next()?["error"]?["code"] == .int(code), "\(text.prefix(20))")
            }
            peer.send("\n\r\n")
            peer.send(.rpc(9, "ping"))
            #expect(await peer.next()?["id"] == 9)
            peer.closeInput()
        }
    }

    @Test func aBatchIsAnsweredAsOne() async throws {
        try await withServer(ScriptedTools()) { peer in
            peer.send(Self.initialize)
            _ = await peer.next()
            peer.send([.call(1, "look"), .rpc(nil, "notifications/initialized"), .rpc(2, "ping")])
            #expect(Set(await peer.next()?.arrayValue?.compactMap { $0["id"]?.intValue } ?? []) == [1, 2])
            peer.send([.rpc(nil, "notifications/initialized")])
            peer.closeInput()
            #expect(await peer.next() == nil)
        }
    }

    @Test func callsOverlapAndCanBeCancelled() async throws {
        let gates = (slow: Gate(), began: Gate())
        let tools = ScriptedTools { call in
            guard call.name == "make" else { return ToolResult(text: "{}") }
            gates.began.open()
            do { try await gates.slow.wait() } catch { return .unfinished }
            return ToolResult(text: "{}")
        }
        try await withServer(tools) { peer in
            peer.send(Self.initialize)
            _ = await peer.next()
            peer.send(.call(1, "make"))
            try await gates.began.wait()
            peer.send(.call(2, "look"))
            #expect(await peer.next()?["id"] == 2)
            peer.send(.call(1, "look"))
            #expect(await peer.next()?["error"]?["code"] == -32600)
            peer.send(.rpc(nil, "notifications/cancelled", ["requestId": 1]))
            peer.closeInput()
            // A cancelled call is not answered.
            #expect(await peer.next() == nil)
        }
    }

    @Test func whatIsUnderWayAtTheEndIsFinished() async throws {
        let gates = (slow: Gate(), began: Gate())
        let tools = ScriptedTools { _ in
            gates.began.open()
            try? await gates.slow.wait()
            return ToolResult(text: "{}")
        }
        try await withServer(tools) { peer in
            peer.send(Self.initialize)
            _ = await peer.next()
            peer.send(.call(1, "make"))
            try await gates.began.wait()
            peer.closeInput()
            gates.slow.open()
            #expect(await peer.next()?["result"]?["isError"] == nil)
            #expect(await peer.next() == nil)
        }
    }

    @Test func whatDoesNotEndIsCancelled() async throws {
        let began = Gate()
        let tools = ScriptedTools { _ in
            began.open()
            do { try await Gate().wait() } catch { return .unfinished }
            return ToolResult(text: "{}")
        }
        try await withServer(tools, grace: .milliseconds(50)) { peer in
            peer.send(Self.initialize)
            _ = await peer.next()
            peer.send(.call(1, "make"))
            try await began.wait()
            peer.closeInput()
            #expect(await peer.next()?["result"]?["_meta"]?[MetaKey.unfinished] == true)
            #expect(await peer.next() == nil)
        }
    }

    @Test func progressEndsBeforeTheAnswer() async throws {
        let gate = Gate()
        let tools = ScriptedTools { _ in
            try? await gate.wait()
            return ToolResult(text: "{}")
        }
        try await withServer(tools) { peer in
            peer.send(Self.initialize)
            _ = await peer.next()
            peer.send(.call(1, "make", meta: ["progressToken": "p"]))
            #expect(await peer.next()?["params"]?["progress"] == 0)
            #expect(await peer.next()?["params"]?["progress"] == 1)
            gate.open()
            var line = await peer.next()
            while line?["method"] != nil { line = await peer.next() }
            #expect(line?["id"] == 1)
            peer.closeInput()
            #expect(await peer.next() == nil)
        }
    }

    @Test func aShutdownEndsItThoughTheInputIsOpen() async throws {
        let peer = Peer()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = StdioServer(MCPServer(tools: ScriptedTools(), settings: .open, logger: logger), pipes: peer.pipes)
        let services = ServiceGroup(
            configuration: .init(
                services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger
            )
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            peer.send(.rpc(1, "ping"))
            #expect(await peer.next()?["id"] == 1)
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
        peer.closeInput()
        peer.closeOutput()
    }
}
