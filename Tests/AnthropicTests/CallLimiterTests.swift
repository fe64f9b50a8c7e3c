import Agent
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Anthropic

@Suite(.timeLimit(.minutes(1))) struct CallLimiterTests {
    @Test("Thousands of calls that fail, succeed and are cancelled in any order leave nobody waiting")
    func storm() async {
        let limiter = CallLimiter(maxWaiting: 1000, pause: .real)
        var dice = Dice(state: 11)
        let most = Most()
        let calls = soak(50_000, otherwise: 5000)
        let codes = await withTaskGroup(of: ModelError.Code?.self) { group in
            var codes: [ModelError.Code?: Int] = [:]
            for _ in 0..<calls {
                let (fate, patience) = (dice.roll(30), dice.roll(200))
                group.addTask {
                    await withTaskGroup(of: ModelError.Code?.self) { call in
                        call.addTask {
                            let result: Result<Int, CallFailure> = await limiter.run(
                                until: .now + .milliseconds(patience * 20),
                                logger: .silent
                            ) {
                                most.see(limiter.underWay)
                                for _ in 0..<fate { await Task.yield() }
                                return switch fate {
                                case 1: .failure(.overload)
                                case 2: .failure(CallFailure(code: .unavailable, message: "", isPassing: true))
                                default: .success(1)
                                }
                            }
                            return if case .failure(let failure) = result { failure.code } else { nil }
                        }
                        if fate == 3 { call.cancelAll() }
                        return await call.next() ?? nil
                    }
                }
                if dice.roll(3) == 1, let code = await group.next() {
                    codes[code, default: 0] += 1
                }
            }
            for await code in group { codes[code, default: 0] += 1 }
            return codes
        }
        #expect(codes.values.reduce(0, +) == calls)
        #expect((codes[nil] ?? 0) > 0 && (codes[.overloaded] ?? 0) > 0)
        #expect(limiter.waitingCalls == 0 && limiter.underWay == 0 && limiter.signals == 0)
        print("limiter: of \(calls) calls \(codes[nil] ?? 0) answered, at most \(most.seen) at once")
    }

    @Test("Calls that wait start in the order in which they came")
    func order() async {
        let time = StandingTime()
        let limiter = CallLimiter(maxWaiting: 64, pause: time.pause)
        let started = Started()
        let deadline = ContinuousClock.now + .seconds(3600)
        _ = await limiter.run(until: deadline, logger: .silent) { Result<Void, CallFailure>.failure(.overload) }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    _ = await limiter.run(until: deadline, logger: .silent) {
                        started.add(number)
                        // No success: one call at a time it stays.
                        return Result<Void, CallFailure>.failure(.malformed(""))
                    }
                }
                // Whoever looks at the clock has a place in the queue.
                await time.waits.wait(for: number + 1)
            }
            #expect(limiter.waitingCalls == 20 && started.all == [])
            time.goesOn.open()
        }
        #expect(started.all == Array(0..<20))
    }

    @Test("A signal that rang before anybody waits is heard once, and a cancelled task hears nothing")
    func signal() async {
        let signal = Signal()
        signal.raise()
        signal.raise()
        await signal.wait()
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await signal.wait()
                return Task.isCancelled
            }
            group.cancelAll()
            let isCancelled = await group.next()
            #expect(isCancelled == true)
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await signal.wait() }
            signal.raise()
        }
    }

    @Test("A call costs next to nothing while there is no limit")
    func cost() async {
        let limiter = CallLimiter(maxWaiting: 64, pause: .real)
        let logger = Logger.silent
        let deadline = ContinuousClock.now + .seconds(30)
        let calls = 20_000
        let time = await ContinuousClock().measure {
            for _ in 0..<calls {
                _ = await limiter.run(until: deadline, logger: logger) { Result<Int, CallFailure>.success(1) }
            }
        }
        print("limiter: \(time / calls) for a call without a limit")
        #expect(time / calls < .microseconds(100))
    }
}

extension CallFailure {
    fileprivate static var overload: CallFailure {
        var failure = CallFailure(code: .overloaded, message: "", isPassing: true, wait: .milliseconds(5))
        failure.isOverload = true
        return failure
    }
}

private final class Most: Sendable {
    private let value = Mutex(0)
    var seen: Int { value.withLock { $0 } }
    func see(_ count: Int) { value.withLock { $0 = max($0, count) } }
}

private final class Started: Sendable {
    private let numbers = Mutex<[Int]>([])
    var all: [Int] { numbers.withLock { $0 } }
    func add(_ number: Int) { numbers.withLock { $0.append(number) } }
}

/// Time that stands still until it is told to go on; a minute has passed then, and it is real time.
private final class StandingTime: Sendable {
    let waits = EventCount()
    let goesOn = Gate()
    private let start = ContinuousClock.now
    private let isLater = Mutex(false)

    var pause: Pause {
        Pause(
            now: { self.isLater.withLock { $0 } ? .now + .seconds(60) : self.start },
            wait: { duration in
                self.waits.add()
                if self.isLater.withLock({ $0 }) { return await Pause.real.wait(duration) }
                guard (try? await self.goesOn.wait()) != nil else { return false }
                self.isLater.withLock { $0 = true }
                return true
            },
            secondsSince1970: { 0 }
        )
    }
}
