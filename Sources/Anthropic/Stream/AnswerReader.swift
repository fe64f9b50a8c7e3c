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

    /// A body that is a stream of events; `tell` is given the text of each as it comes.
    static func stream(
        _ response: WebResponse,
        maxEventBytes: Int,
        pause: Pause,
        tell: (String) -> Void
    ) async throws(WebError) -> Result<ModelAnswer, CallFailure> {
        var parser = EventStreamParser(maximumEventBytes: maxEventBytes)
        var assembler = AnswerAssembler()
        for try await bytes in response.body {
            for event in try parser.feed(bytes) {
                switch assembler.feed(event) {
                case .more: continue
                case .text(let text): tell(text)
                case .finished(let answer):
                    await finish(response, pause)
                    return .success(answer)
                case .failed(let failure): return .failure(failure)
                }
            }
        }
        return .failure(.brokenOff("the stream ended before the answer did"))
    }

    /// Reads what is behind the answer, nothing as a rule: a connection of HTTP/1.1 that has seen its response end can be
    /// used again. That is worth a moment and no more, because the answer waits meanwhile.
    private static func finish(_ response: WebResponse, _ pause: Pause) async {
        guard !response.isMultiplexed, !response.body.isRead else { return }
        _ = await response.body.rest(upTo: 4096, within: .milliseconds(10), pause)
    }
}

extension WebBody {
    /// What is left of the body; `nil` when that is more than `limit` bytes, takes longer than `time`, or breaks off.
    func rest(upTo limit: Int, within time: Duration, _ pause: Pause) async -> [UInt8]? {
        await withTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { try? await collect(upTo: limit) }
            group.addTask {
                await pause.limit(time)
                return nil
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? nil
        }
    }
}
