/// One reply of the server, RESP2. Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
package enum RedisReply: Sendable, Equatable {
    /// `+OK`
    case simple([UInt8])
    /// `$5`, any bytes.
    case bulk([UInt8])
    case integer(Int)
    /// `$-1` or `*-1`.
    case null
    case array([RedisReply])
    /// `-ERR …`, inside an array or a script's reply; `send` throws one that is the whole reply.
    case error([UInt8])
}

extension RedisReply {
    /// The bytes of a simple or bulk string, `nil` for null.
    package func optionalBytes() throws(RedisError) -> [UInt8]? {
        switch self {
        case .simple(let bytes), .bulk(let bytes): bytes
        case .null: nil
        default: throw unexpected("a string or null")
        }
    }

    /// The bytes of a simple or bulk string.
    package func bytes() throws(RedisError) -> [UInt8] {
        guard let bytes = try optionalBytes() else { throw unexpected("a string") }
        return bytes
    }

    /// A simple or bulk string as text; bytes that are no UTF-8 are replaced.
    package func text() throws(RedisError) -> String { String(decoding: try bytes(), as: UTF8.self) }

    /// An integer reply, or a string that holds a decimal integer, as hash fields do.
    package func integer() throws(RedisError) -> Int {
        switch self {
        case .integer(let value): return value
        case .simple(let bytes), .bulk(let bytes):
            if let value = Int(String(decoding: bytes, as: UTF8.self)) { return value }
        default: break
        }
        throw unexpected("an integer")
    }

    /// Like `integer()`, `nil` for null.
    package func optionalInteger() throws(RedisError) -> Int? {
        self == .null ? nil : try integer()
    }

    /// The elements of an array.
    package func array() throws(RedisError) -> [RedisReply] {
        guard case .array(let elements) = self else { throw unexpected("an array") }
        return elements
    }

    /// The elements of an array that has exactly `count`.
    package func array(count: Int) throws(RedisError) -> [RedisReply] {
        let elements = try array()
        guard elements.count == count else { throw unexpected("an array of \(count)") }
        return elements
    }

    private var kind: String {
        switch self {
        case .simple: "a simple string"
        case .bulk: "a bulk string"
        case .integer: "an integer"
        case .null: "null"
        case .array(let elements): "an array of \(elements.count)"
        case .error: "an error"
        }
    }

    private func unexpected(_ wanted: String) -> RedisError {
        if case .error(let text) = self { return RedisError(reply: text) }
        return RedisError(.unexpectedReply, "wanted \(wanted), got \(kind)")
    }
}
