import Agent

/// The signals of those who listen, any number for each name.
struct Listeners {
    private var signals: [SignalName: [ObjectIdentifier: Signal]] = [:]

    mutating func add(_ signal: Signal, for name: SignalName) {
        signals[name, default: [:]][ObjectIdentifier(signal)] = signal
    }

    mutating func remove(_ signal: Signal, for name: SignalName) {
        signals[name]?[ObjectIdentifier(signal)] = nil
        if signals[name]?.isEmpty == true { signals[name] = nil }
    }

    /// To be raised when no lock is held.
    func signals(for name: SignalName) -> [Signal] { signals[name].map { Array($0.values) } ?? [] }

    var all: [Signal] { signals.values.flatMap(\.values) }
}
