import Agent
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The program's life, and what it says.
extension StdioLink {
    func run() async {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        var failures = 0
        var lines = firstLines
        while !Task.isCancelled {
            let began = ContinuousClock.now
            await serve(lines, pool)
            close()
            guard !Task.isCancelled else { break }
            failures = .now - began > settings.backoff.longest ? 1 : failures + 1
            let pause = settings.backoff.pause(after: failures)
            logger.warning("tool server ended", metadata: ["restart_in": "\(pause)"])
            guard (try? await Task.sleep(for: pause)) != nil else { break }
            lines = reopen()
        }
        try? await pool.shutdownGracefully()
    }

    /// From the program's start to its end.
    private func serve(_ lines: AsyncStream<[UInt8]>, _ pool: NIOThreadPool) async {
        let program: Program
        do throws(MCPError) {
            program = try Program(command, on: pool)
        } catch {
            return logger.error("tool server cannot be started", metadata: ["error": "\(error)"])
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await program.end() }
            group.addTask { await self.talk(to: program, lines) }
            await group.next()
            // Those who wait are told at once, not when the program has been made to end.
            close()
            group.cancelAll()
            await uncancelled { [settings] in await program.end(after: settings.stopGrace) }
        }
    }

    /// Writes and reads until the program stops to, or the task is cancelled; its input is closed then.
    private func talk(to program: Program, _ lines: AsyncStream<[UInt8]>) async {
        let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            channel = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .takingOwnershipOfDescriptors(input: program.output, output: program.input) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            program.closePipes()
            return logger.error("tool server cannot be talked to", metadata: ["error": "\(error)"])
        }
        do {
            try await channel.executeThenClose { inbound, outbound in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { for await line in lines { try await outbound.write(ByteBuffer(bytes: line)) } }
                    group.addTask { try await self.read(inbound) }
                    defer { group.cancelAll() }
                    try await group.next()
                }
            }
        } catch {
            logger.debug("tool server's pipes closed", metadata: ["error": "\(error)"])
        }
    }

    private func read(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async throws {
        var splitter = LineSplitter(maxBytes: settings.maximumMessageBytes)
        for try await buffer in inbound {
            for line in splitter.take(Array(buffer: buffer)) { take(line) }
        }
    }

    private func take(_ line: LineSplitter.Line) {
        let malformed: MalformedMessage
        switch line {
        case .tooLong: malformed = .tooLarge
        case .line(let bytes):
            do throws(MalformedMessage) {
                let messages = try JSONRPCMessage.all(parsing: bytes, maximumBytes: settings.maximumMessageBytes)
                for message in messages { carryOut(state.withLock { $0.table.take(message) }) }
                return
            } catch {
                malformed = error
            }
        }
        logger.debug("tool server sent a line that is no message")
        carryOut(state.withLock { $0.table.take(malformed) })
    }

    private func carryOut(_ action: RequestTable.Action?) {
        switch action {
        case .finish(let number, let end): finish(number, Reply(end))
        case .extend(let number): state.withLock { $0.waiters[number]?.patience }?.progressed()
        case .toolsChanged: changes.changed()
        case .send(let answer): write(answer)
        case nil: break
        }
    }
}

extension Reply {
    fileprivate init(_ end: RequestTable.End) {
        switch end {
        case .result(let result): self = .result(result)
        case .refused(let error): self = .refused(error)
        case .failed(let code, let message): self = .failed(MCPError(code, message))
        }
    }
}
