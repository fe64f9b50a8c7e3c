import Foundation
import TestSupport

/// A connection to a server on 127.0.0.1 over which one request waits for its answer: a thread that blocks adds nothing
/// else to what it times.
final class BlockingConnection {
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)
    private var filled = 0

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ServerError("no socket: errno \(errno)") }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            close(descriptor)
            throw ServerError("nothing listens on port \(port): errno \(errno)")
        }
    }

    deinit { close(descriptor) }

    /// Sends an HTTP request and returns the body of its answer, as it stands on the wire; throws unless that is a 200.
    @discardableResult
    func http(_ request: [UInt8]) throws -> ArraySlice<UInt8> {
        try send(request)
        while true {
            try receive()
            guard let head = end(of: "\r\n\r\n") else { continue }
            let lines = String(decoding: buffer[..<head], as: UTF8.self).lowercased().split(separator: "\r\n")
            let length = lines.lazy.compactMap { Self.value(of: "content-length:", in: $0) }.first.flatMap { Int($0) }
            // A canned answer, whose last chunk is its only empty one.
            if let length { try receive(until: head + length) } else { try receive(untilEnd: "0\r\n\r\n", from: head) }
            guard lines.first?.split(separator: " ").dropFirst().first == "200" else {
                throw ServerError("a request failed: \(String(decoding: buffer[..<min(filled, 2000)], as: UTF8.self))")
            }
            return buffer[head..<filled]
        }
    }

    /// Sends a Redis command and returns its reply, the type's letter first; throws when that is an error. Strings and
    /// simple types only.
    @discardableResult
    func redis(_ command: [UInt8]) throws -> ArraySlice<UInt8> {
        try send(command)
        while true {
            try receive()
            guard let line = end(of: "\r\n") else { continue }
            let first = String(decoding: buffer[..<(line - 2)], as: UTF8.self)
            guard !first.hasPrefix("-") else { throw ServerError("Redis answers \(first)") }
            if first.hasPrefix("$"), let length = Int(first.dropFirst()), length >= 0 {
                try receive(until: line + length + 2)
                return buffer[line..<(line + length)]
            }
            return buffer[..<(line - 2)]
        }
    }

    private func send(_ bytes: [UInt8]) throws {
        filled = 0
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw ServerError("a connection broke: errno \(errno)") }
            sent += count
        }
    }

    private func receive() throws {
        if filled == buffer.count { buffer.append(contentsOf: repeatElement(0, count: buffer.count)) }
        let count = buffer.withUnsafeMutableBytes {
            recv(descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled, 0)
        }
        guard count > 0 else { throw ServerError("no answer came: \(count == 0 ? "closed" : "errno \(errno)")") }
        filled += count
    }

    private func receive(until length: Int) throws {
        while filled < length { try receive() }
    }

    private func receive(untilEnd end: String, from start: Int) throws {
        while filled - start < end.utf8.count || !buffer[start..<filled].suffix(end.utf8.count).elementsEqual(end.utf8)
        {
            try receive()
        }
    }

    /// Where the first `text` ends.
    private func end(of text: StaticString) -> Int? {
        let length = text.utf8CodeUnitCount
        guard filled >= length else { return nil }
        return buffer.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            return (0...(filled - length)).first { memcmp(base + $0, text.utf8Start, length) == 0 }.map { $0 + length }
        }
    }

    private static func value(of name: String, in line: Substring) -> Substring? {
        line.hasPrefix(name) ? line.dropFirst(name.count).drop { $0 == " " } : nil
    }
}
