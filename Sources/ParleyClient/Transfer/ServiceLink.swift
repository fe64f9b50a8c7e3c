import Foundation

/// Sends calls to the service and takes what it replies.
struct ServiceLink: Sendable {
    /// A whole response that is no stream.
    enum Reply: Sendable {
        case body(ResponseHead, Data)
        case refused(ParleyError)
        case broken(ParleyError)
    }

    /// The largest body that is taken.
    private static let mostBytes = 64 * 1024 * 1024

    let url: URL
    let context: ParleyClient.Context
    let settings: ParleyClient.Settings
    let tokens: Tokens
    let transport: Transport

    /// Sends a call once. With the beginning of a stream of events comes the transfer that tells the rest.
    /// - Throws: `.taskCancelled`, `.unusable`; everything else is a reply.
    func open(_ call: Call) async throws(ParleyError) -> (Reply, Transfer?) {
        let request = try call.urlRequest(to: url, tokens: tokens.current, silence: settings.silence)
        let transfer = transport.start(request)
        var head = ResponseHead(status: 0)
        var body = Data()
        while true {
            switch try await transfer.next() {
            case .head(let arrived):
                head = arrived
                if head.status == 200, head.isEventStream { return (.body(head, body), transfer) }
            case .bytes(let bytes):
                body.append(bytes)
                guard body.count <= Self.mostBytes else {
                    let error = ParleyError(.unreadable, "The answer is larger than \(Self.mostBytes) bytes")
                    return (.refused(error), nil)
                }
            case .failure(let error): return (.broken(error), nil)
            case .end:
                let isSuccess = (200..<300).contains(head.status)
                return (isSuccess ? .body(head, body) : .refused(ParleyError(head, body: body)), nil)
            }
        }
    }

    /// Sends a call that may be sent any number of times, as often as the settings let it.
    func reply(to call: Call) async throws(ParleyError) -> Data {
        var patience = Patience(settings.retry, at: .now)
        while true {
            let error: ParleyError
            switch try await open(call).0 {
            case .body(_, let body): return body
            case .refused(let refusal): error = refusal
            case .broken(let failure): error = failure
            }
            guard error.isPassing,
                let wait = patience.wait(atLeast: error.retryAfter, at: .now, jitter: .random(in: 0...1))
            else { throw error }
            do { try await Task.sleep(for: wait) } catch { throw .taskCancelled }
        }
    }

    /// The same for a reply of a known shape.
    func value<Value: Decodable>(_ type: Value.Type, of call: Call) async throws(ParleyError) -> Value {
        let body = try await reply(to: call)
        guard let value = try? JSONDecoder().decode(type, from: body) else {
            throw ParleyError(.unreadable, "The answer is none of this service")
        }
        return value
    }
}
