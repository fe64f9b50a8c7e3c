import Agent

/// What a client sent at once.
enum IncomingMessages: Sendable {
    case one(JSONRPCMessage)
    /// Elements that are no messages keep their place: each is answered with an error.
    case batch([Result<JSONRPCMessage, MalformedMessage>])

    init(parsing bytes: some Collection<UInt8>, maxBytes: Int) throws(MalformedMessage) {
        guard bytes.count <= maxBytes else { throw .tooLarge }
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes) } catch { throw .notJSON }
        guard case .array(let elements) = json else {
            self = .one(try JSONRPCMessage(json: json))
            return
        }
        guard !elements.isEmpty, elements.count <= JSONRPCMessage.maximumBatch else { throw .notMessage(id: nil) }
        self = .batch(
            elements.map { element in
                do throws(MalformedMessage) { return .success(try JSONRPCMessage(json: element)) } catch {
                    return .failure(error)
                }
            }
        )
    }
}

extension JSONRPCMessage {
    /// The answer to bytes that are no message.
    init(refusing malformed: MalformedMessage) {
        switch malformed {
        case .tooLarge: self = .error(id: nil, error: JSONRPCError(.invalidRequest, "The message is too large."))
        case .notJSON: self = .error(id: nil, error: JSONRPCError(.parseError, "The message is not JSON."))
        case .notMessage(let id):
            self = .error(id: id, error: JSONRPCError(.invalidRequest, "This is no message of the protocol."))
        }
    }

    /// The answer to a batch where none is allowed.
    static let batchRefused = error(id: nil, error: JSONRPCError(.invalidRequest, "Send one message at a time."))
}
