import Foundation

/// The user's tokens as they are now. Not built on `Mutex`, which iOS 17 lacks.
final class Tokens: @unchecked Sendable {
    // Under the lock alone.
    private var pair: ParleyClient.TokenPair
    private let lock = NSLock()
    private let onRefresh: @Sendable (ParleyClient.TokenPair) async -> Void

    init(_ pair: ParleyClient.TokenPair, onRefresh: @escaping @Sendable (ParleyClient.TokenPair) async -> Void) {
        self.pair = pair
        self.onRefresh = onRefresh
    }

    var current: ParleyClient.TokenPair {
        get { lock.withLock { pair } }
        set { lock.withLock { pair = newValue } }
    }

    /// Takes the pair that replaced `used`, and tells of it, once. When `used` is not the current one any more, a newer pair
    /// than this is there already.
    func take(_ new: ParleyClient.TokenPair?, insteadOf used: ParleyClient.TokenPair) async {
        let fresh = lock.withLock { () -> ParleyClient.TokenPair? in
            guard let new, pair == used, new != used else { return nil }
            pair = new
            return new
        }
        if let fresh { await onRefresh(fresh) }
    }
}
