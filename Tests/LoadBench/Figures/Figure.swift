import Foundation

/// One thing measured, with the bar that it should pass, if there is one.
struct Figure: Codable, Sendable, Equatable {
    /// The group that measured it; with `name` it says which figure this is, from run to run.
    var group: String
    var name: String
    var value: Double
    var unit: String
    var atLeast: Double?
    var atMost: Double?
    /// Whether the bar is met; `nil` without a bar.
    var isMet: Bool?

    init(_ group: Group, _ name: String, _ value: Double, _ unit: String, _ bar: Bar? = nil) {
        self.group = group.rawValue
        self.name = name
        self.value = value
        self.unit = unit
        switch bar {
        case .atLeast(let limit)?: (atLeast, isMet) = (limit, value >= limit)
        case .atMost(let limit)?: (atMost, isMet) = (limit, value <= limit)
        case nil: break
        }
    }

    enum Bar: Sendable {
        case atLeast(Double)
        case atMost(Double)
    }

    enum CodingKeys: String, CodingKey {
        case group, name, value, unit
        case atLeast = "at_least"
        case atMost = "at_most"
        case isMet = "met"
    }

    /// Names a figure across runs.
    var key: String { group + " " + name }

    var barText: String {
        if let atLeast { return "≥ " + number(atLeast) }
        if let atMost { return "≤ " + number(atMost) }
        return ""
    }

    var metText: String { isMet.map { $0 ? "met" : "MISSED" } ?? "" }
}

/// A number with the three or four digits that mean something, as in `12,345`, `45.2`, `0.213`.
func number(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let decimals = abs(value) >= 100 || value == value.rounded() ? 0 : abs(value) >= 10 ? 1 : abs(value) >= 1 ? 2 : 3
    return value.formatted(.number.precision(.fractionLength(decimals)).locale(Locale(identifier: "en_US")))
}
