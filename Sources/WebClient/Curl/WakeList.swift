/// The readers who are to be woken once all that has come from the network is handed out: whoever is woken then finds a whole
/// response, where each of its parts would have cost a wake-up. Used by whoever has the loop.
final class WakeList {
    private var wakes: [Transfer.Wake] = []

    func add(_ wake: Transfer.Wake?) { if let wake { wakes.append(wake) } }

    func take() -> [Transfer.Wake] {
        defer { wakes = [] }
        return wakes
    }
}
