/// Numbers measured one after the other.
struct Samples: Sendable {
    private(set) var values: [Double] = []

    mutating func add(_ value: Double) { values.append(value) }

    /// The one in the middle, or the mean of the two that are.
    var median: Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// How long `body` takes, in milliseconds, counts as one.
    @discardableResult
    mutating func time<Result>(_ body: () throws -> Result) rethrows -> Result {
        let began = ContinuousClock.now
        let result = try body()
        add((ContinuousClock.now - began) / .milliseconds(1))
        return result
    }
}
