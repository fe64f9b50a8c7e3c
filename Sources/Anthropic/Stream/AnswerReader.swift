import Agent
import WebClient

/// Reads an answer off a response's body.
enum AnswerReader {
    /// A body that is one message in JSON.
    static func whole(_ body: [UInt8]) -> Result<ModelAnswer, CallFailure> {
        guard let message = try? JSONValue(parsing: body) else { return .failure(.malformed("the answer is not JSON")) }
        if message["type"] == "error" { return .failure(CallFailure(streamed: message)) }
        return Result { () throws(CallFailure) in try ModelAnswer(message: message) }
    }

    /// A body that is a stream of events.
    static func stream(
        _ body: WebBody,
        maxEventBytes: Int,
        pause: Pause
    ) async throws(WebError) -> Result<ModelAnswer, CallFailure> {
        var parser = EventStreamParser(maximumEventBytes: maxEventBytes)
        var assembler = AnswerAssembler()
        for try await bytes in body {
            for event in try parser.feed(bytes) {
                switch assembler.feed(event) {
                case .more: continue
                case .finished(let answer):
                    await finish(body, pause)
                    return .success(answer)
                case .failed(let failure): return .failure(failure)
                }
            }
        }
        return .failure(.brokenOff("the stream ended before the answer did"))
    }

    /// Reads what is behind the answer, nothing as a rule: a connection that has seen its response end can be used again.
    /// A server that keeps the stream open is not worth more than a moment.
    private static func finish(_ body: WebBody, _ pause: Pause) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = try? await body.collect(upTo: 4096) }
            group.addTask { _ = await pause.wait(.milliseconds(100)) }
            await group.next()
            group.cancelAll()
        }
    }
}
