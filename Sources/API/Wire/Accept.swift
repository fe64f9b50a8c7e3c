import HTTPTypes

/// What kinds of answers a client takes, and how much it likes each (RFC 9110 section 12.5.1).
struct Accept: Sendable {
    private struct Range {
        var type: Substring
        var subtype: Substring
        var quality: Double
    }

    private let ranges: [Range]

    init(_ headers: HTTPFields) {
        ranges = headers[values: .accept].joined(separator: ",").split(separator: ",").compactMap(Self.range)
    }

    /// Whether a stream of events is asked for by its name, and not liked less than JSON. A client that names both and
    /// likes both the same gets JSON.
    var asksForEvents: Bool {
        guard let events = quality(of: "text", "event-stream"), events > 0 else { return false }
        if let json = quality(of: "application", "json") { return events > json }
        return events >= quality(of: "application", "*") ?? quality(of: "*", "*") ?? 0
    }

    /// How much a type is liked that is named just so; `nil` when it is not named.
    private func quality(of type: String, _ subtype: String) -> Double? {
        ranges.filter { $0.type == type && $0.subtype == subtype }.map(\.quality).max()
    }

    private static func range(_ text: Substring) -> Range? {
        let parts = text.lowercased().filter { $0 != " " && $0 != "\t" }[...].split(separator: ";")
        guard let names = parts.first?.split(separator: "/"), names.count == 2 else { return nil }
        let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
        return Range(type: names[0], subtype: names[1], quality: min(max(weight, 0), 1))
    }
}
