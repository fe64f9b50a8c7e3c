import Foundation
import Synchronization

/// TCP ports on 127.0.0.1 that nothing listens on.
package enum FreePort {
    /// Below Linux's range for outgoing connections (32768 and up), so that no client takes the port before the server.
    private static let range = 20_000..<32_000
    private static let next = Mutex(Int.random(in: range))

    /// A port that was free a moment ago and that this process has not handed out before (until all 12,000 were).
    package static func reserve() throws -> Int {
        for _ in range {
            let port = next.withLock { port in
                port = port + 1 < range.upperBound ? port + 1 : range.lowerBound
                return port
            }
            if isFree(port) { return port }
        }
        throw ServerError("no free port in \(range)")
    }

    private static func isFree(_ port: Int) -> Bool {
        guard let socket = try? TCPSocket() else { return false }
        return socket.bind(port: port)
    }
}
