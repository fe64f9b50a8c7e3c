import Foundation
import Synchronization

/// A client that sends a request, reads a little of the answer and then nothing more, until it is asked for the rest. Its
/// receive buffer is as small as the system makes it.
package final class StalledReader: Sendable {
    private let descriptor: Int32
    private let head: [UInt8]

    /// Sends `request` to a port of 127.0.0.1 and reads until `text` was seen.
    /// - Throws: when the answer ends before.
    package init(port: Int, request: [UInt8], readingUntil text: String) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ServerError("no socket: errno \(errno)") }
        var size: Int32 = 4096
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let descriptor = descriptor
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected, send(descriptor, request, request.count, 0) == request.count else {
            close(descriptor)
            throw ServerError("cannot send to port \(port): errno \(errno)")
        }
        var read: [UInt8] = []
        while !String(decoding: read, as: UTF8.self).contains(text) {
            guard let more = Self.receive(descriptor, most: 256) else {
                close(descriptor)
                throw ServerError("\(text) did not come: \(String(decoding: read, as: UTF8.self))")
            }
            read += more
        }
        head = read
    }

    deinit { close(descriptor) }

    /// A request for a stream of events.
    package static func post(_ path: String, _ body: [UInt8]) -> [UInt8] {
        let head = """
            POST \(path) HTTP/1.1\r
            Host: parley\r
            Content-Type: application/json\r
            Accept: text/event-stream\r
            Connection: close\r
            Content-Length: \(body.count)\r
            \r

            """
        return Array(head.utf8) + body
    }

    /// All that the answer was, now read to its end.
    package func whole() -> [UInt8] {
        var read = head
        while let more = Self.receive(descriptor, most: 65_536) { read += more }
        return read
    }

    private static func receive(_ descriptor: Int32, most: Int) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: most)
        let count = recv(descriptor, &buffer, most, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }
}
