import Dispatch
import Foundation
import Synchronization

/// Lines of standard input, and Ctrl-C. A line is read only once somebody waits for one, so that no more than one is held.
final class ChatInput: Sendable {
    enum Item: Sendable, Equatable {
        case line(String)
        case interrupt
        /// Standard input has ended.
        case end
    }

    private struct State {
        var waiter: (continuation: CheckedContinuation<Item?, Never>, takesLines: Bool)?
        var interrupts = 0
        /// A line, or the end, that nobody has taken yet.
        var line: Item?
        var isReading = false
    }

    private let state = Mutex(State())
    private let demand = DispatchSemaphore(value: 0)
    // Kept, and never touched again: without it signals are lost.
    nonisolated(unsafe) private let interrupts: any DispatchSourceSignal

    /// From now on Ctrl-C ends nothing by itself. Once in a process.
    init() {
        signal(SIGINT, SIG_IGN)
        interrupts = DispatchSource.makeSignalSource(signal: SIGINT)
        interrupts.setEventHandler { [weak self] in self?.take { $0.interrupts += 1 } }
        interrupts.activate()
        // Asleep in the kernel until a line comes; ends with the process.
        Thread.detachNewThread { [weak self, demand] in
            while true {
                demand.wait()
                let item = readLine().map { Item.line($0) } ?? .end
                self?.take { state in
                    state.isReading = false
                    state.line = item
                }
            }
        }
    }

    /// The next Ctrl-C or line; `nil` when the task is cancelled. One task at a time.
    /// - Parameter takesLines: otherwise lines, and the end, wait for whoever takes them.
    func next(takesLines: Bool) async -> Item? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                take { state in
                    state.waiter = (continuation, takesLines)
                    if takesLines, state.line == nil, !state.isReading {
                        state.isReading = true
                        demand.signal()
                    }
                }
                if Task.isCancelled { leave() }
            }
        } onCancel: {
            leave()
        }
    }

    /// Puts a line back: it is the next one.
    func putBack(_ line: String) { take { $0.line = .line(line) } }

    private func leave() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.continuation.resume(returning: nil)
    }

    private func take(_ change: (inout State) -> Void) {
        let (waiter, item) = state.withLock { state -> (CheckedContinuation<Item?, Never>?, Item?) in
            change(&state)
            guard let waiter = state.waiter else { return (nil, nil) }
            if state.interrupts > 0 {
                state.interrupts -= 1
                state.waiter = nil
                return (waiter.continuation, .interrupt)
            }
            guard waiter.takesLines, let line = state.line else { return (nil, nil) }
            // The end stays what it is.
            if line != .end { state.line = nil }
            state.waiter = nil
            return (waiter.continuation, line)
        }
        waiter?.resume(returning: item)
    }
}
