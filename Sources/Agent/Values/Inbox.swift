import Synchronization

/// What one task waits for and any number of others bring, handed out in the order in which it came. Whoever posts sees to it
/// that only so much comes.
final class Inbox<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var reader: CheckedContinuation<Element, Never>?
    }

    private let state = Mutex(State())

    func post(_ element: Element) {
        let reader = state.withLock { state in
            defer { state.reader = nil }
            if state.reader == nil { state.elements.append(element) }
            return state.reader
        }
        reader?.resume(returning: element)
    }

    /// The next element. One task may wait at a time; being cancelled does not end the wait: who is to learn of that posts it.
    func next() async -> Element {
        if let element = state.withLock({ $0.elements.isEmpty ? nil : $0.elements.removeFirst() }) { return element }
        return await withCheckedContinuation { reader in
            let element = state.withLock { state -> Element? in
                guard state.elements.isEmpty else { return state.elements.removeFirst() }
                state.reader = reader
                return nil
            }
            if let element { reader.resume(returning: element) }
        }
    }
}
