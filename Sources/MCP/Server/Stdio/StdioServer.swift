import ServiceLifecycle

/// Serves one client over standard input and output: one JSON object per line.
///
/// It ends when the input does, or when it is told to shut down; what is under way may then finish within `grace`.
package struct StdioServer: Service {
    private let server: MCPServer
    private let pipes: StandardPipes
    private let grace: Duration

    package init(_ server: MCPServer, pipes: StandardPipes = StandardPipes(), grace: Duration = .seconds(10)) {
        self.server = server
        self.pipes = pipes
        self.grace = grace
    }

    package func run() async throws {
        let client = server.client()
        let (reading, readingEnded) = AsyncStream.makeStream(of: Never.self)
        await withTaskCancellationOrGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await serve(client) { readingEnded.finish() }
                }
                group.addTask {
                    for await _ in reading {}
                    if (try? await Task.sleep(for: grace)) != nil { client.cancelAll() }
                }
                // Either all is answered, or the time is up and the rest is cancelled and answered soon.
                await group.next()
                group.cancelAll()
            }
        } onCancelOrGracefulShutdown: {
            pipes.stopReading()
        }
    }

    /// Returns when the input has ended and all is answered.
    private func serve(_ client: ServedClient, onInputEnd: @Sendable () -> Void) async {
        await withDiscardingTaskGroup { group in
            var splitter = LineSplitter(maxBytes: server.settings.maxMessageBytes)
            while true {
                let bytes = await pipes.read()
                let lines = bytes.isEmpty ? [splitter.finish()].compactMap { $0 } : splitter.take(bytes)
                for line in lines {
                    let jobs = await begin(line, client)
                    for job in jobs { group.addTask { await finish(job, client) } }
                }
                if bytes.isEmpty { return onInputEnd() }
            }
        }
    }

    // MARK: Lines

    /// What a line leaves to be done.
    private enum Work {
        case one(ServerJob, cancelled: AsyncStream<Never>)
        /// Answered together, with what could be answered at once.
        case batch([(ServerJob, cancelled: AsyncStream<Never>)], answers: [JSONRPCMessage])
    }

    private func begin(_ line: LineSplitter.Line, _ client: ServedClient) async -> [Work] {
        do throws(MalformedMessage) {
            guard case .line(let bytes) = line else { throw .tooLarge }
            switch try IncomingMessages(parsing: bytes, maxBytes: server.settings.maxMessageBytes) {
            case .one(let message):
                switch client.received(message) {
                case .nothing: return []
                case .now(let answer):
                    await send(answer)
                    return []
                case .later(let job, let cancelled): return [.one(job, cancelled: cancelled)]
                }
            case .batch(let messages) where client.takesBatches:
                let batch = client.received(messages)
                return [.batch(batch.jobs, answers: batch.answers)]
            case .batch:
                await send(.batchRefused)
                return []
            }
        } catch {
            await send(JSONRPCMessage(refusing: error))
            return []
        }
    }

    private func finish(_ work: Work, _ client: ServedClient) async {
        switch work {
        case .one(let job, let cancelled):
            await server.run(job, tokens: PresentedTokens(), cancelled: cancelled) { message in
                // The answer is the last; progress ends before it.
                if message.isAnswer, !client.finished(job) { return }
                await send(message)
            }
        case .batch(let jobs, let answers):
            let answers = await server.answers(to: jobs, of: client, tokens: PresentedTokens(), besides: answers)
            if let batch = JSONRPCMessage.encoded(batch: answers) { await pipes.write(batch + [UInt8(ascii: "\n")]) }
        }
    }

    private func send(_ message: JSONRPCMessage) async {
        await pipes.write(message.encoded() + [UInt8(ascii: "\n")])
    }
}
