import Agent

extension Parameter {
    /// What is wrong with `value`, for the model; `nil` when it is acceptable.
    func problem(with value: JSONValue) -> String? {
        if value == .null { return isNullable ? nil : "must be \(expectation), not null; leave it out instead" }
        switch kind {
        case .integer(let range):
            guard let number = value.wholeNumber, range.contains(number) else { return mustBe }
        case .boolean:
            guard case .bool = value else { return mustBe }
        case .text(let length):
            guard let text = value.stringValue else { return mustBe }
            return Self.problem(with: text, length: length)
        case .longText(let limit):
            guard let text = value.stringValue else { return mustBe }
            return Self.problem(with: text, length: 0...limit)
        case .texts(let count, let length):
            guard let elements = value.arrayValue, elements.count <= count else { return mustBe }
            for (index, element) in elements.enumerated() {
                guard let text = element.stringValue else { return mustBe }
                if let problem = Self.problem(with: text, length: length) { return "element \(index) \(problem)" }
            }
        case .date:
            guard let text = value.stringValue, CalendarDate(text) != nil else { return mustBe }
        case .idOrName:
            if let text = value.stringValue { return Self.problem(with: text, length: 1...255) }
            guard let id = value.wholeNumber, id > 0 else { return mustBe }
        }
        return nil
    }

    private var mustBe: String { "must be \(expectation)" + (isNullable ? " or null" : "") }

    private var expectation: String {
        switch kind {
        case .integer(let range) where range.upperBound == .max: "an integer of at least \(range.lowerBound)"
        case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .text, .longText: "a string"
        case .texts(let count, _): "an array of at most \(count) strings"
        case .date: "a date such as \"2026-12-24\""
        case .idOrName: "an id (a positive integer) or a name (a string)"
        }
    }

    private static func problem(with text: String, length: ClosedRange<Int>) -> String? {
        let scalars = text.unicodeScalars
        if scalars.contains("\0") { return "must not contain a NUL character" }
        if length.lowerBound > 0, scalars.allSatisfy(\.properties.isWhitespace) { return "must not be empty" }
        if scalars.count > length.upperBound {
            return "is too long: \(scalars.count) characters, at most \(length.upperBound) are allowed"
        }
        return nil
    }
}

extension JSONValue {
    /// The value as an integer; JSON Schema counts `5.0` among them.
    var wholeNumber: Int? {
        switch self {
        case .int(let number): number
        case .double(let number): Int(exactly: number)
        default: nil
        }
    }
}
