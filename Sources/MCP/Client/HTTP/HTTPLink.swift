import Agent
import Logging
import Synchronization
import WebClient

/// Streamable HTTP: a POST for each message. Redirects are not followed: what goes out may carry a user's token.
final class HTTPLink: Link {
    private struct Notice: Sendable {
        var message: JSONRPCMessage
        var agreement: Agreement
    }

    let isProgram = false
    let generation = 0
    let settings: MCPClientSettings
    let changes: ChangeCount
    private let url: String
    private let client: WebClient
    private let lastID = Mutex(0)
    /// Cancellations, which are sent by a task that is not itself cancelled. When there are too many, the oldest are not.
    private let notices: AsyncStream<Notice>
    private let leave: AsyncStream<Notice>.Continuation

    init(url: String, client: WebClient, settings: MCPClientSettings, changes: ChangeCount) {
        self.url = url
        self.client = client
        self.settings = settings
        self.changes = changes
        (notices, leave) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
    }

    func run() async {
        for await notice in notices { await post(notice.message, under: notice.agreement) }
    }

    func send(_ request: OutgoingRequest) async -> Reply {
        let id = lastID.withLock { last in
            last += 1
            return last
        }
        let patience = SharedPatience(silence: request.silence, longest: request.longest)
        let reply = await patience.bound { await self.exchange(request, id, patience) }
        guard reply == nil || reply?.isCancelled == true else {
            return reply ?? .failed(MCPError(.timeout, "it does not answer in time"))
        }
        // The modern era has it from the stream's end.
        if request.agreement.era == .legacy, request.isCancellable {
            let message = JSONRPCMessage.notification(
                method: Method.cancelled,
                params: ["requestId": .int(id), "reason": "nobody waits for it any more"]
            )
            leave.yield(Notice(message: message, agreement: request.agreement))
        }
        return reply ?? .failed(MCPError(.timeout, "it does not answer in time"))
    }

    func notify(_ method: String, _ params: [String: JSONValue], under agreement: Agreement) async {
        await post(.notification(method: method, params: params), under: agreement)
    }

    func end(_ agreement: Agreement) async {
        guard agreement.session != nil else { return }
        // A server may refuse to have sessions ended.
        _ = try? await client.reply(
            to: WebRequest(.delete, url, headers: agreement.headers(), deadline: .now + settings.stopGrace)
        )
    }

    /// Sends what needs no answer.
    func post(_ message: JSONRPCMessage, under agreement: Agreement) async {
        var headers = agreement.headers()
        headers.add("Content-Type", "application/json")
        headers.add("Accept", "application/json, text/event-stream")
        let request = WebRequest(
            .post,
            url,
            headers: headers,
            body: message.encoded(),
            deadline: .now + settings.handshakeTimeout
        )
        _ = try? await client.withResponse(to: request) { $0.status }
    }

    // MARK: One request and its answer

    private func exchange(_ request: OutgoingRequest, _ id: Int, _ patience: SharedPatience) async -> Reply {
        var reader = AnswerReader(link: self, id: id, agreement: request.agreement, patience: patience)
        var web = WebRequest(
            .post,
            url,
            headers: request.headers,
            body: request.message(id: id).encoded(),
            deadline: patience.hardEnd,
            isRepeatable: request.isRepeatable
        )
        web.acceptsCompression = true
        web.limits.bodyBytes = settings.maximumMessageBytes * 2
        var reply = await take(web, &reader)
        var resumptions = 0
        while reply == nil, resumptions < 16, let pause = reader.pauseBeforeResuming {
            resumptions += 1
            guard (try? await Task.sleep(for: pause)) != nil else { break }
            reply = await take(
                listening(under: request.agreement, after: reader.lastEventID, patience.hardEnd),
                &reader
            )
        }
        if Task.isCancelled, reply == nil { return .failed(MCPError(.cancelled, "the request was cancelled")) }
        return reply ?? .failed(MCPError(.closed, "it broke off"))
    }

    /// `nil` when the stream ended without the answer.
    private func take(_ request: WebRequest, _ reader: inout AnswerReader) async -> Reply? {
        var progress = reader
        defer { reader = progress }
        do throws(WebError) {
            return try await client.withResponse(to: request) { response throws(WebError) in
                try await progress.read(response)
            }
        } catch {
            // A stream that broke off can be taken up again.
            if error.code == .closed, progress.pauseBeforeResuming != nil { return nil }
            return .failed(MCPError(error))
        }
    }

    private func listening(
        under agreement: Agreement,
        after event: String?,
        _ deadline: ContinuousClock.Instant
    ) -> WebRequest {
        var headers = agreement.headers()
        headers.add("Accept", "text/event-stream")
        if let event { headers.add(HeaderName.lastEventID, event) }
        var request = WebRequest(.get, url, headers: headers, deadline: deadline)
        request.limits.bodyBytes = settings.maximumMessageBytes * 8
        return request
    }

    // MARK: What the server tells by itself

    /// A stream is given up and asked for anew after so long: a peer that is gone without a word is not noticed otherwise.
    private static let longestListen = Duration.seconds(3600)

    func listen(under agreement: Agreement) async -> ListenEnd {
        guard agreement.era == .legacy else {
            return await listenEnd(of: send(.listen(under: agreement, for: Self.longestListen, settings)))
        }
        let patience = SharedPatience(silence: Self.longestListen, longest: Self.longestListen)
        var reader = AnswerReader(link: self, id: 0, agreement: agreement, patience: patience)
        let reply = await take(listening(under: agreement, after: nil, patience.hardEnd), &reader)
        guard let reply else { return .ended(retry: reader.retry) }
        return listenEnd(of: reply)
    }

    private func listenEnd(of reply: Reply) -> ListenEnd {
        switch reply {
        case .refused, .status(400..<500): .refused
        default: .ended(retry: nil)
        }
    }
}

extension Reply {
    var isCancelled: Bool { if case .failed(let error) = self { error.code == .cancelled } else { false } }
}
