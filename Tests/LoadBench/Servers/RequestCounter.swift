import Foundation
import TestSupport

/// Asks a `CannedModel` how many requests it has had.
final class RequestCounter {
    private let connection: BlockingConnection
    private var asked = 0

    init(_ model: CannedModel) throws { connection = try BlockingConnection(port: model.port) }

    /// Requests up to now, our own questions and readiness probes left out.
    func count() throws -> Int {
        asked += 1
        // Its third line: connections accepted, handled, and requests.
        let page = String(decoding: try connection.http(Self.question), as: UTF8.self)
        let numbers = page.split(separator: "\n").dropFirst(2).first?.split(separator: " ").compactMap { Int($0) } ?? []
        guard numbers.count == 3 else { throw ServerError("nginx counts nothing: \(page)") }
        return numbers[2] - asked
    }

    /// Returns when there have been so many requests, or `patience` has run out; how many there are then.
    @discardableResult
    func wait(for wanted: Int, patience: Duration) async throws -> Int {
        let deadline = ContinuousClock.now + patience
        var count = try count()
        while count < wanted, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(10))
            count = try self.count()
        }
        return count
    }

    /// Requests per second while `more` of them arrive, or, when `patience` runs out, of those that did.
    func perSecond(over more: Int, patience: Duration) async throws -> Double {
        let (first, began) = (try count(), ContinuousClock.now)
        let last = try await wait(for: first + more, patience: patience)
        return Double(last - first) / ((ContinuousClock.now - began) / .seconds(1))
    }

    private static let question = Array("GET /requests HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
}
