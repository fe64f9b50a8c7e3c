import Foundation
import Testing

@testable import ParleyClient

@Suite struct PatienceTests {
    private let start = ContinuousClock.now
    private var policy: ParleyClient.RetryPolicy {
        ParleyClient.RetryPolicy(attempts: 6, deadline: .seconds(20), firstWait: .seconds(1), longestWait: .seconds(4))
    }

    private func waits(_ jitter: Double, atLeast least: Duration? = nil) -> [Duration?] {
        var patience = Patience(policy, at: start)
        return (0..<6).map { _ in patience.wait(atLeast: least, at: start, jitter: jitter) }
    }

    @Test func waitsDoubleUpToTheLongestAndEndWithTheAttempts() {
        #expect(waits(1) == [.seconds(1), .seconds(2), .seconds(4), .seconds(4), .seconds(4), nil])
        #expect(waits(0) == [.seconds(0.5), .seconds(1), .seconds(2), .seconds(2), .seconds(2), nil])
    }

    @Test func theServiceIsGivenAtLeastTheTimeItAsksFor() {
        let three = [Duration?](repeating: .seconds(3), count: 5)
        #expect(waits(0, atLeast: .seconds(3)) == three + [nil])
        #expect(waits(1, atLeast: .seconds(2)).first == .seconds(2.5))
        #expect(waits(1, atLeast: .seconds(20)).first == .some(nil))
    }

    @Test func nothingBeginsBehindTheDeadline() {
        var patience = Patience(policy, at: start)
        #expect(patience.wait(atLeast: nil, at: start + .seconds(18.9), jitter: 1) == .seconds(1))
        #expect(patience.wait(atLeast: nil, at: start + .seconds(18.9), jitter: 1) == nil)
    }

    @Test func whoProgressedBeginsToCountAnew() {
        var patience = Patience(policy, at: start)
        for _ in 0..<20 {
            #expect(patience.wait(atLeast: nil, at: start, jitter: 1) == .seconds(1))
            patience.progressed()
        }
        var never = Patience(.never, at: start)
        #expect(never.wait(atLeast: nil, at: start, jitter: 1) == nil)
    }

    @Test func retryAfterIsSecondsOrADate() throws {
        let now = Date(timeIntervalSince1970: 784_111_770.5)
        #expect(ParleyError.wait("5", from: now) == .seconds(5))
        #expect(ParleyError.wait("Sun, 06 Nov 1994 08:49:37 GMT", from: now) == .seconds(7))
        #expect(ParleyError.wait("Sun, 06 Nov 1994 08:49:00 GMT", from: now) == .zero)
        #expect(ParleyError.wait("-1", from: now) == nil)
        #expect(ParleyError.wait("soon", from: now) == nil)
    }
}
