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

    /// A body that is a stream of events. What comes behind the answer's end is not waited for.
    static func stream(_ body: WebBody, maxEventBytes: Int) async throws(WebError) -> Result<ModelAnswer, CallFailure> {
        var parser = EventStreamParser(maximumEventBytes: maxEventBytes)
        var assembler = AnswerAssembler()
        for try await bytes in body {
            for event in try parser.feed(bytes) {
                switch assembler.feed(event) {
                case .more: continue
                case .finished(let answer): return .success(answer)
                case .failed(let failure): return .failure(failure)
                }
            }
        }
        return .failure(.brokenOff("the stream ended before the answer did"))
    }
}
