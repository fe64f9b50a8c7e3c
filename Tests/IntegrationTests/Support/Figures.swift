/// Durations, told as median and 99th percentile in milliseconds.
struct Figures: CustomStringConvertible, Sendable {
    private(set) var values: [Double] = []

    var count: Int { values.count }

    mutating func add(_ duration: Duration) { values.append(duration / .milliseconds(1)) }

    /// The value below which `share` of all lie.
    func quantile(_ share: Double) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    var description: String {
        func text(_ value: Double) -> String { String((value * 100).rounded() / 100) }
        return "median \(text(quantile(0.5))), p99 \(text(quantile(0.99))), most \(text(quantile(1)))"
    }
}
