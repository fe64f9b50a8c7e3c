package import Agent

/// Why bytes are no message.
package enum MalformedMessage: Error, Sendable, Equatable {
    /// More bytes than the reader takes; they were not looked at.
    case tooLarge
    /// No JSON, or more of it than is read: answered with ``JSONRPCError/Code/parseError``.
    case notJSON
    /// JSON that is no message: answered with ``JSONRPCError/Code/invalidRequest``, under the id if there is one.
    case notMessage(id: RequestID?)
}

extension JSONRPCMessage {
    /// Bytes that one message may have where nothing else is said.
    package static let maximumBytes = 8 * 1024 * 1024
    /// Messages that one batch may hold.
    package static let maximumBatch = 100

    /// Reads one message.
    package init(
        parsing bytes: some Collection<UInt8>,
        maximumBytes: Int = JSONRPCMessage.maximumBytes
    ) throws(MalformedMessage) {
        self = try JSONRPCMessage(json: try Self.tree(bytes, maximumBytes))
    }

    /// Reads one message, or the batch that revision 2025-03-26 allows; elements that are no messages are left out.
    package static func all(
        parsing bytes: some Collection<UInt8>,
        maximumBytes: Int = JSONRPCMessage.maximumBytes
    ) throws(MalformedMessage) -> [JSONRPCMessage] {
        let json = try tree(bytes, maximumBytes)
        guard case .array(let elements) = json else { return [try JSONRPCMessage(json: json)] }
        guard !elements.isEmpty, elements.count <= maximumBatch else { throw .notMessage(id: nil) }
        return elements.compactMap { try? JSONRPCMessage(json: $0) }
    }

    /// Reads the message that `json` is. The member `jsonrpc` is not insisted upon when it is missing.
    package init(json: JSONValue) throws(MalformedMessage) {
        guard case .object(let members) = json else { throw .notMessage(id: nil) }
        let id = members["id"].flatMap(RequestID.init)
        guard members["jsonrpc"] == nil || members["jsonrpc"] == "2.0" else { throw .notMessage(id: id) }
        if let method = members["method"] {
            guard case .string(let method) = method, let params = Self.object(members["params"]) else {
                throw .notMessage(id: id)
            }
            if let id {
                self = .request(id: id, method: method, params: params)
            } else if members["id"] == nil {
                self = .notification(method: method, params: params)
            } else {
                throw .notMessage(id: nil)
            }
        } else if let error = members["error"], error != .null {
            guard let error = JSONRPCError(error) else { throw .notMessage(id: id) }
            self = .error(id: id, error: error)
        } else if let id, case .object(let result)? = members["result"] {
            self = .result(id: id, result: result)
        } else {
            throw .notMessage(id: id)
        }
    }

    /// Absent and null parameters are empty ones.
    private static func object(_ json: JSONValue?) -> [String: JSONValue]? {
        switch json {
        case nil, .null?: [:]
        case .object(let members)?: members
        default: nil
        }
    }

    private static func tree(
        _ bytes: some Collection<UInt8>,
        _ maximumBytes: Int
    ) throws(MalformedMessage) -> JSONValue {
        guard bytes.count <= maximumBytes else { throw .tooLarge }
        do throws(JSONError) {
            return try JSONValue(parsing: bytes)
        } catch {
            throw .notJSON
        }
    }
}
