import Redis

extension SignalBoard {
    /// The channel on which this worker, and no other, is told of its runs.
    static func channel(of worker: String) -> String { "parley:worker:\(worker)" }

    /// Passes on what the subscriber heard: a message is the name of a signal.
    func heard(_ event: RedisSubscriber.Event) {
        switch event {
        case .subscribed: hasGap()
        case .message(let text): heard(text)
        }
    }
}
