import Foundation
import Testing

@testable import Postgres

@Suite(.timeLimit(.minutes(1))) struct SocketWatchTests {
    private let watch: SocketWatch

    init() throws { watch = try SocketWatch.shared.get() }

    private func soon(_ milliseconds: Int) -> ContinuousClock.Instant { .now + .milliseconds(milliseconds) }

    @Test func wakesForWhatItWaitsFor() async throws {
        let pair = SocketPair()
        defer { pair.end() }
        let readable = SocketWatch.Interest(socket: pair.here)
        #expect(
            await watch.wait(for: SocketWatch.Interest(socket: pair.here, writing: true), until: soon(5000)) == .ready
        )
        #expect(await watch.wait(for: readable, until: soon(20)) == .late)
        pair.say()
        #expect(await watch.wait(for: readable, until: soon(5000)) == .ready)
        #expect(await watch.wait(for: readable, until: soon(5000)) == .ready, "until it is read")
        pair.leave()
        #expect(await watch.wait(for: readable, until: soon(5000)) == .ready, "an end is an event as well")
        #expect(await watch.wait(for: SocketWatch.Interest(socket: -1), until: soon(5000)) == .failed)
    }

    @Test func wakesWhoIsCancelled() async throws {
        let pair = SocketPair()
        defer { pair.end() }
        for _ in 0..<100 {
            let wake = await withTaskGroup(of: SocketWatch.Wake.self) { group in
                group.addTask { await watch.wait(for: SocketWatch.Interest(socket: pair.here), until: soon(20_000)) }
                for _ in 0..<Int.random(in: 0..<5) { await Task.yield() }
                group.cancelAll()
                return await group.next() ?? .failed
            }
            #expect(wake == .cancelled)
        }
    }

    /// A socket takes the number of one that was closed while its last wait was still armed.
    @Test func anEventOfAnEarlierWaitWakesNobody() async throws {
        for _ in 0..<50 {
            let old = SocketPair()
            #expect(await watch.wait(for: SocketWatch.Interest(socket: old.here), until: soon(1)) == .late)
            old.say()
            #expect(
                await watch.wait(for: SocketWatch.Interest(socket: old.here, reading: false), until: soon(1)) == .late
            )
            old.end()
            let new = SocketPair()
            #expect(await watch.wait(for: SocketWatch.Interest(socket: new.here), until: soon(2)) == .late)
            new.say()
            #expect(await watch.wait(for: SocketWatch.Interest(socket: new.here), until: soon(5000)) == .ready)
            new.end()
        }
    }

    @Test func timesComeInTheirOrder() async throws {
        let (times, told) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingOldest(10))
        let forgotten = watch.reserve()
        watch.schedule(forgotten, at: soon(15)) { _ in told.yield(0) }
        for place in [4, 1, 3, 2, 5] {
            watch.schedule(watch.reserve(), at: soon(place * 20)) { wake in
                #expect(wake == .late)
                told.yield(place)
                if place == 5 { told.finish() }
            }
        }
        watch.forget(forgotten)
        let order = await times.reduce(into: []) { $0.append($1) }
        #expect(order == [1, 2, 3, 4, 5])
    }
}

/// Two sockets that are connected with each other.
private struct SocketPair {
    let here: Int32
    private let there: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        (here, there) = (ends[0], ends[1])
    }

    /// Makes this end readable.
    func say() {
        var byte: UInt8 = 1
        _ = write(there, &byte, 1)
    }

    /// The other end hangs up.
    func leave() { _ = shutdown(there, Int32(SHUT_RDWR)) }

    func end() {
        close(here)
        close(there)
    }
}
