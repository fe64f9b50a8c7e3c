import Agent
import Foundation
import TestSupport

extension ModelServer {
    /// The settings of a worker that uses this server.
    var settings: [String: String] { ["ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "canary-key"] }

    /// The number of the first piece of text among the events of a stream.
    static let firstDelta = 2
}

extension Fleet {
    /// The worker that has a connection to `port` of 127.0.0.1.
    func worker(connectedTo port: Int) throws -> Worker? {
        // The kernel hands it out page by page.
        let bytes = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/net/tcp")).readToEnd() ?? Data()
        let table = String(decoding: bytes, as: UTF8.self)
        let peer = ":" + String(port, radix: 16, uppercase: true).leftPadded(to: 4)
        let sockets = table.split(separator: "\n").dropFirst().compactMap { line -> String? in
            let fields = line.split(separator: " ")
            // Local address, remote address, state (1: established), …, inode.
            guard fields.count > 9, fields[2].hasSuffix(peer), fields[3] == "01" else { return nil }
            return "socket:[\(fields[9])]"
        }
        return workers.first { worker in
            let folder = "/proc/\(worker.pid)/fd"
            let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return files.contains { name in
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + name)
                return target.map(sockets.contains) ?? false
            }
        }
    }
}

extension String {
    fileprivate func leftPadded(to length: Int) -> String {
        String(repeating: "0", count: max(0, length - count)) + self
    }
}
