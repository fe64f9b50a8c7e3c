import Synchronization

/// Lets those who need the same thing at the same time wait for one of them to get it.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, MCPError>

    /// By key: who waits for the one that does the work; `nil` tells them to do it themselves.
    private let flights = Mutex<[Key: [Int: CheckedContinuation<Outcome?, Never>]]>([:])
    private let lastID = Mutex(0)

    /// What `work` gives, done by this task or by another that has begun with it.
    func outcome(for key: Key, _ work: () async -> Outcome) async -> Outcome {
        while true {
            let leads = flights.withLock { flights in
                guard flights[key] == nil else { return false }
                flights[key] = [:]
                return true
            }
            if leads {
                let outcome = await work()
                // That its task was cancelled says nothing to the others.
                let isCancelled = if case .failure(let error) = outcome { error.code == .cancelled } else { false }
                let waiters = flights.withLock { $0.removeValue(forKey: key) ?? [:] }
                for waiter in waiters.values { waiter.resume(returning: isCancelled ? nil : outcome) }
                return outcome
            }
            if let outcome = await wait(for: key) { return outcome }
            guard !Task.isCancelled else { return .failure(MCPError(.cancelled, "the request was cancelled")) }
        }
    }

    /// How many wait for somebody else's work.
    func waiting(for key: Key) -> Int { flights.withLock { $0[key]?.count ?? 0 } }

    private func wait(for key: Key) async -> Outcome? {
        let id = lastID.withLock { last in
            last += 1
            return last
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = flights.withLock { flights in
                    guard flights[key] != nil, !Task.isCancelled else { return false }
                    flights[key]?[id] = continuation
                    return true
                }
                if !waits { continuation.resume(returning: nil) }
            }
        } onCancel: {
            flights.withLock { $0[key]?.removeValue(forKey: id) }?.resume(returning: nil)
        }
    }
}
