import Agent
import WebClient

/// Reads one request's answer from a response, whether that is one JSON document or a stream of events.
struct AnswerReader {
    /// Where a stream can be taken up again.
    private(set) var lastEventID: String?
    /// What the stream asks to wait for before that, in milliseconds.
    private(set) var retry: Int?
    private let link: HTTPLink
    private let id: Int
    private let agreement: Agreement
    private let patience: SharedPatience
    /// Questions of the server that are still answered.
    private var questionsLeft: Int

    /// - Parameter id: the request's number; 0 when no answer is expected, but what the server tells by itself.
    init(link: HTTPLink, id: Int, agreement: Agreement, patience: SharedPatience) {
        self.link = link
        self.id = id
        self.agreement = agreement
        self.patience = patience
        // Over an hour a server may look often whether we are there.
        questionsLeft = id == 0 ? 10_000 : 64
    }

    /// How long to wait before the stream is taken up again; `nil` when that is not possible.
    var pauseBeforeResuming: Duration? {
        guard agreement.era == .legacy, lastEventID != nil else { return nil }
        return .milliseconds(min(max(retry ?? 500, 0), 10_000))
    }

    /// The answer; `nil` when the stream ended without it.
    mutating func read(_ response: WebResponse) async throws(WebError) -> Reply? {
        guard (200..<300).contains(response.status) else { return await refusal(response) }
        let type = response.headers["Content-Type"]?.lowercased() ?? ""
        let session = response.headers[HeaderName.session]
        if type.hasPrefix("text/event-stream") { return try await readStream(response.body)?.with(session: session) }
        let body = try await response.body.collect(upTo: link.settings.maximumMessageBytes)
        // 202 and the like carry no answer.
        guard !body.isEmpty else { return .status(response.status) }
        guard let messages = try? JSONRPCMessage.all(parsing: body, maximumBytes: link.settings.maximumMessageBytes)
        else {
            return .failed(MCPError(.malformed, "its answer is no message"))
        }
        for message in messages {
            if let reply = await take(message, isAlone: messages.count == 1) {
                return reply.with(session: session)
            }
        }
        return .failed(MCPError(.malformed, "its answer is another one's"))
    }

    private mutating func readStream(_ body: WebBody) async throws(WebError) -> Reply? {
        var parser = EventStreamParser(maximumEventBytes: link.settings.maximumMessageBytes)
        var chunks = body.makeAsyncIterator()
        while let bytes = try await chunks.next() {
            let events = try parser.feed(bytes)
            retry = parser.retry ?? retry
            for event in events {
                lastEventID = event.id ?? lastEventID
                guard !event.data.isEmpty,
                    let messages = try? JSONRPCMessage.all(
                        parsing: event.data.utf8,
                        maximumBytes: link.settings.maximumMessageBytes
                    )
                else {
                    continue
                }
                for message in messages { if let reply = await take(message, isAlone: false) { return reply } }
            }
        }
        return nil
    }

    /// What a status other than 2xx, and the error that may come with it, says.
    private func refusal(_ response: WebResponse) async -> Reply {
        let body = try? await response.body.collect(upTo: 64 * 1024)
        if let body, case .error(_, let error)? = try? JSONRPCMessage(parsing: body) {
            return .refused(error, status: response.status)
        }
        return .status(response.status)
    }

    /// - Parameter isAlone: there is nothing else that could be the answer.
    private mutating func take(_ message: JSONRPCMessage, isAlone: Bool) async -> Reply? {
        switch Incoming(message) {
        case .result(let id, let result): return id.means(self.id) ? .result(result) : nil
        case .refusal(let id, let error): return isAlone || id?.means(self.id) != false ? .refused(error) : nil
        case .progress(let token):
            if token.means(id) { patience.progressed() }
            return nil
        case .toolsChanged:
            link.changes.changed()
            return nil
        case .question(let answer):
            // The modern era has no questions on the way.
            guard agreement.era == .legacy, questionsLeft > 0 else { return nil }
            questionsLeft -= 1
            await link.post(answer, under: agreement)
            return nil
        case .nothing: return nil
        }
    }
}

extension Reply {
    /// Names the session, which the head of the answer to `initialize` gives, if its name can be sent back.
    fileprivate func with(session: String?) -> Reply {
        guard case .result(let result, _) = self else { return self }
        let isPlain = session?.utf8.allSatisfy { (0x21...0x7E).contains($0) } ?? false
        return .result(result, session: isPlain ? session : nil)
    }
}
