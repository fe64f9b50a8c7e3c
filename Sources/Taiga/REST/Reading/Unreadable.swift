import Agent

/// An answer of Taiga that lacks something needed.
struct Unreadable: Error, Equatable {
    /// What is missing, without its value.
    var what: String
}

/// Members that are needed, and those that may be missing or of another kind.
extension JSONValue {
    /// The integer called `name`.
    func integer(_ name: String) throws(Unreadable) -> Int {
        guard let value = self[name]?.intValue else { throw Unreadable(what: "\(name) is no integer") }
        return value
    }

    /// The string called `name`.
    func text(_ name: String) throws(Unreadable) -> String {
        guard let value = self[name]?.stringValue else { throw Unreadable(what: "\(name) is no string") }
        return value
    }

    /// The elements of the array called `name`.
    func elements<Element>(
        _ name: String,
        _ read: (JSONValue) throws(Unreadable) -> Element
    ) throws(Unreadable) -> [Element] {
        guard let value = self[name] else { throw Unreadable(what: "\(name) is missing") }
        // Taiga writes an empty list as null in some places.
        return value == .null ? [] : try value.elements(read, of: name)
    }

    /// The elements of an array.
    func elements<Element>(
        _ read: (JSONValue) throws(Unreadable) -> Element,
        of name: String = "the answer"
    ) throws(Unreadable) -> [Element] {
        guard let values = arrayValue else { throw Unreadable(what: "\(name) is no array") }
        var elements: [Element] = []
        for value in values { elements.append(try read(value)) }
        return elements
    }

    /// Whether the member called `name` is `true`.
    func flag(_ name: String) -> Bool { self[name] == .bool(true) }
}
