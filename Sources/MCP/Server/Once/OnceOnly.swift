import Agent
import Synchronization

/// Sees to it that a call with a key is done once: the second of two at the same time waits for the first and gets its
/// result, a later one gets it from memory.
final class OnceOnly: Sendable {
    fileprivate struct State {
        var memory: CallMemory
        /// By key and by a number of their own.
        var waiters: [String: [Int: AsyncStream<Never>.Continuation]] = [:]
        var nextWaiter = 0
    }

    private let state: Mutex<State>
    private let now: @Sendable () -> Int

    /// - Parameter now: milliseconds.
    init(limits: CallMemory.Limits = CallMemory.Limits(), now: @escaping @Sendable () -> Int = systemMilliseconds) {
        state = Mutex(State(memory: CallMemory(limits: limits)))
        self.now = now
    }

    /// - Parameters:
    ///   - key: with whatever makes it this user's key.
    ///   - run: does the call.
    ///   - look: finds out what became of it; called with the time at which it was first begun.
    func perform(
        _ request: CallRequest,
        key: String,
        fingerprint: [UInt8],
        run: () async -> ToolResult,
        look: (_ startedAt: Int) async -> ToolResult
    ) async -> ToolResult {
        while !Task.isCancelled {
            let began = request.invocation.startedAt
            let (step, waiting) = state.withLock { state in
                let step =
                    request.isLookOnly
                    ? state.memory.known(key, fingerprint) ?? .look(startedAt: began)
                    : state.memory.begin(key, fingerprint, startedAt: began, now: now())
                return (step, step == .wait ? state.wait(for: key) : nil)
            }
            switch step {
            case .run: return await settle(key, run)
            case .look(let startedAt) where request.isLookOnly: return await look(startedAt)
            case .look(let startedAt): return await settle(key) { await look(startedAt) }
            case .replay(let result): return result
            case .differs: return .error("Not run: this idempotency key belongs to another call.")
            case .full: return .error("Not run: too many calls are remembered. Try again later.")
            case .wait:
                guard let (settled, number) = waiting else { continue }
                for await _ in settled {}
                // One that gives up is not to be told.
                state.withLock { _ = $0.waiters[key]?.removeValue(forKey: number) }
            }
        }
        return .unfinished
    }

    private func settle(_ key: String, _ work: () async -> ToolResult) async -> ToolResult {
        let result = await work()
        let waiters = state.withLock { state in
            state.memory.settle(key, result, now: now())
            return state.waiters.removeValue(forKey: key) ?? [:]
        }
        for waiter in waiters.values { waiter.finish() }
        return result
    }
}

extension OnceOnly.State {
    /// A stream that ends when the call under this key has ended, and the waiter's number.
    fileprivate mutating func wait(for key: String) -> (AsyncStream<Never>, Int) {
        let (settled, waiter) = AsyncStream.makeStream(of: Never.self)
        nextWaiter += 1
        waiters[key, default: [:]][nextWaiter] = waiter
        return (settled, nextWaiter)
    }
}
