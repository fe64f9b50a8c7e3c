import Agent

/// Reads the members of a JSON object and notes every one that is missing or wrong, so that all can be told at once.
///
/// `null` means absent. A read that fails returns a stand-in; `finish` throws before anyone uses it.
struct FieldReader {
    /// The integers that every JSON reader can hold exactly. Source: RFC 7493 section 2.2.
    static let ids = 1...9_007_199_254_740_991

    private let members: [String: JSONValue]
    private let path: String
    private(set) var errors: [Problem.FieldError] = []

    init(_ members: [String: JSONValue], path: String = "") {
        self.members = members
        self.path = path
    }

    mutating func id(_ name: String) -> Int {
        guard let value = required(name) else { return 0 }
        return id(value, name)
    }

    mutating func optionalID(_ name: String) -> Int? { present(name).map { id($0, name) } }

    /// - Parameter maxLength: in Unicode code points, as JSON Schema counts.
    mutating func string(_ name: String, maxLength: Int, allowing characters: Characters = .line) -> String {
        guard let value = required(name) else { return "" }
        return string(value, name, maxLength: maxLength, characters)
    }

    /// The same for a text that must not be empty.
    mutating func filledString(_ name: String, maxLength: Int, allowing characters: Characters = .line) -> String {
        let text = string(name, maxLength: maxLength, allowing: characters)
        if members[name]?.stringValue != nil, text.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
            report(name, "must not be empty")
        }
        return text
    }

    mutating func optionalString(_ name: String, maxLength: Int) -> String? {
        present(name).map { string($0, name, maxLength: maxLength, .line) }
    }

    /// One of the names in `choices`, as what it stands for.
    mutating func choice<Choice>(_ name: String, of choices: [String: Choice]) -> Choice? {
        guard let value = present(name) else { return nil }
        guard let choice = value.stringValue.flatMap({ choices[$0] }) else {
            report(name, "must be one of " + choices.keys.sorted().joined(separator: ", "))
            return nil
        }
        return choice
    }

    mutating func optionalBool(_ name: String) -> Bool? {
        guard let value = present(name) else { return nil }
        if case .bool(let bool) = value { return bool }
        report(name, "must be true or false")
        return nil
    }

    mutating func strings(_ name: String, maxCount: Int, maxLength: Int) -> [String] {
        guard let value = required(name) else { return [] }
        guard let elements = value.arrayValue, elements.count <= maxCount else {
            report(name, "must be an array of at most \(maxCount) strings")
            return []
        }
        return elements.enumerated().map { string($1, "\(name)[\($0)]", maxLength: maxLength, .line) }
    }

    mutating func object<Value>(_ name: String, _ read: (inout FieldReader) -> Value) -> Value {
        let value = required(name)
        let members = value?.objectValue
        if value != nil, members == nil { report(name, "must be an object") }
        var reader = FieldReader(members ?? [:], path: path + name + ".")
        let result = read(&reader)
        // Nothing is said about the members of what is no object.
        if members != nil { errors += reader.errors }
        return result
    }

    mutating func report(_ name: String, _ message: String) {
        errors.append(Problem.FieldError(field: path + name, message: message))
    }

    /// - Throws: a problem that names every field that was reported.
    func finish() throws(Problem) {
        guard errors.isEmpty else { throw Problem(.invalid, errors: errors) }
    }

    /// What characters a text may hold.
    enum Characters {
        /// Visible ASCII: it goes into a header.
        case token
        /// Everything but control characters and line breaks: it goes onto a line of a text.
        case line
        /// Everything but NUL, which neither Taiga nor PostgreSQL can store.
        case text
    }

    private func present(_ name: String) -> JSONValue? { members[name].flatMap { $0 == .null ? nil : $0 } }

    private mutating func required(_ name: String) -> JSONValue? {
        guard let value = present(name) else {
            report(name, "is required")
            return nil
        }
        return value
    }

    private mutating func id(_ value: JSONValue, _ name: String) -> Int {
        guard let id = value.wholeNumber, Self.ids.contains(id) else {
            report(name, "must be an integer from \(Self.ids.lowerBound) to \(Self.ids.upperBound)")
            return 0
        }
        return id
    }

    private mutating func string(_ value: JSONValue, _ name: String, maxLength: Int, _ characters: Characters) -> String
    {
        guard let text = value.stringValue else {
            report(name, "must be a string")
            return ""
        }
        if text.unicodeScalars.count > maxLength { report(name, "must not be longer than \(maxLength) characters") }
        switch characters {
        case .token:
            if !text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
                report(name, "must be visible ASCII characters")
            }
        case .line:
            if text.unicodeScalars.contains(where: \.breaksLines) {
                report(name, "must not hold control characters or line breaks")
            }
        case .text: if text.utf8.contains(0) { report(name, "must not hold a NUL character") }
        }
        return text
    }
}

extension Unicode.Scalar {
    /// Whether it is a control character, or separates lines or paragraphs.
    fileprivate var breaksLines: Bool {
        if isASCII { return value < 0x20 || value == 0x7F }
        return switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

extension JSONValue {
    /// An integer, however it is written: to JSON Schema 7.0 is one, too.
    fileprivate var wholeNumber: Int? {
        if case .double(let value) = self { Int(exactly: value) } else { intValue }
    }
}
