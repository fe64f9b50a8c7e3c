import Agent
import Hummingbird

/// Reads the parameters of a query and notes every one that is wrong, so that all can be told at once.
///
/// An empty text counts as left out; of a parameter that is given twice the last counts; others are ignored.
struct Parameters {
    private let values: [String: String]
    private var errors: [Problem.FieldError] = []

    init(of request: Request) {
        var values: [String: String] = [:]
        for (name, value) in request.uri.queryParameters { values[String(name)] = String(value) }
        self.values = values
    }

    /// What `read` makes of a parameter; `message` says what it must be, when `read` makes nothing of it.
    mutating func value<Value>(_ name: String, _ message: String, _ read: (String) -> Value?) -> Value? {
        values[name] == "" ? nil : strict(name, message, read)
    }

    mutating func bool(_ name: String) -> Bool? { strict(name, "must be true or false") { Bool($0) } }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        strict(name, "must be an integer from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    private mutating func strict<Value>(_ name: String, _ message: String, _ read: (String) -> Value?) -> Value? {
        guard let text = values[name] else { return nil }
        guard let value = read(text) else {
            errors.append(Problem.FieldError(field: name, message: message))
            return nil
        }
        return value
    }

    /// - Throws: a problem that names every parameter that is wrong.
    func finish() throws(Problem) {
        guard errors.isEmpty else { throw Problem(.invalid, errors: errors) }
    }
}
