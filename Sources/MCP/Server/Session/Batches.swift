import Agent

/// Several messages at once, which only revision 2025-03-26 has.
extension ServedClient {
    typealias BatchJob = (ServerJob, cancelled: AsyncStream<Never>)

    /// What a batch leaves to be done, and what could be answered at once.
    func received(
        _ batch: [Result<JSONRPCMessage, MalformedMessage>]
    ) -> (jobs: [BatchJob], answers: [JSONRPCMessage]) {
        var jobs: [BatchJob] = []
        var answers: [JSONRPCMessage] = []
        for element in batch {
            switch element {
            case .failure(let malformed): answers.append(JSONRPCMessage(refusing: malformed))
            // The handshake stands alone.
            case .success(.request(let id, Method.initialize, _)):
                let error = JSONRPCError(.invalidRequest, "initialize must not be part of a batch.")
                answers.append(.error(id: id, error: error))
            case .success(let message):
                switch received(message) {
                case .nothing: break
                case .now(let answer): answers.append(answer)
                case .later(let job, let cancelled): jobs.append((job, cancelled))
                }
            }
        }
        return (jobs, answers)
    }
}

extension MCPServer {
    /// Does the jobs of a batch at the same time; all its answers but those of cancelled requests.
    func answers(
        to jobs: [ServedClient.BatchJob],
        of client: ServedClient,
        tokens: PresentedTokens,
        besides answers: [JSONRPCMessage]
    ) async -> [JSONRPCMessage] {
        await withTaskGroup(of: JSONRPCMessage?.self) { group in
            for (job, cancelled) in jobs {
                group.addTask {
                    let answer = await self.answer(job, tokens: tokens, cancelled: cancelled)
                    return client.finished(job) ? answer : nil
                }
            }
            return await group.reduce(into: answers) { answers, answer in
                if let answer { answers.append(answer) }
            }
        }
    }
}

extension JSONRPCMessage {
    /// Answers as one JSON array; `nil` when there are none, since nothing is sent then.
    static func encoded(batch: [JSONRPCMessage]) -> [UInt8]? {
        batch.isEmpty ? nil : JSONValue.array(batch.map(\.json)).encoded()
    }

    var isAnswer: Bool {
        switch self {
        case .result, .error: true
        case .request, .notification: false
        }
    }
}
