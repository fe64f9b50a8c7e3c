import Synchronization

/// Lets the operations of this worker on one place happen one after the other, in the order in which they came. Those of
/// other workers may come between: this only keeps a crowd from overtaking one another again and again.
final class PlaceQueues: Sendable {
    /// Those who wait behind whoever is at it. As many as there are operations under way: their callers bound them.
    private let waiting = Mutex<[TurnPlace: ArraySlice<CheckedContinuation<Void, Never>>]>([:])

    /// Whether nobody is at any place.
    var isEmpty: Bool { waiting.withLock { $0.isEmpty } }

    /// Returns when it is the caller's turn, who must then ``leave(_:)``. A cancelled one waits as well: not longer than
    /// the operations before it may take.
    func enter(_ place: TurnPlace) async {
        await withCheckedContinuation { caller in
            let isFree = waiting.withLock { waiting in
                guard waiting[place] == nil else {
                    waiting[place]?.append(caller)
                    return false
                }
                waiting[place] = []
                return true
            }
            if isFree { caller.resume() }
        }
    }

    func leave(_ place: TurnPlace) {
        let next = waiting.withLock { waiting in
            guard let next = waiting[place]?.popFirst() else {
                waiting[place] = nil
                return nil as CheckedContinuation<Void, Never>?
            }
            return next
        }
        next?.resume()
    }
}
