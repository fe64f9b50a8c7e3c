/// The members of a JSON object, each value as the bytes in which it is written: for changing one member and keeping
/// the others as they are.
struct JSONMembers {
    struct Member {
        let name: String
        var value: [UInt8]
    }

    /// In the order in which they are written; a name that stands twice has its last value.
    private(set) var all: [Member] = []
    /// A name stands twice.
    private(set) var hasRepeats = false
    /// A name is written with escapes.
    private(set) var hasEscapedNames = false

    /// `nil` when `json` is no object, or none that can be read as text.
    init?(_ json: [UInt8]) {
        let read = try? JSONScanner.withScanner(over: json, maxDepth: HistoryIndex.maxDepth) {
            (scanner) throws(JSONError) in
            var members = JSONMembers()
            var places: [String: Int] = [:]
            try scanner.object { (scanner, key) throws(JSONError) in
                members.hasEscapedNames = members.hasEscapedNames || key.hasEscapes
                let name = try scanner.text(of: key)
                let value = Array(scanner.slice(try scanner.value()))
                if let place = places.updateValue(members.all.count, forKey: name) {
                    places[name] = place
                    members.hasRepeats = true
                    members.all[place].value = value
                } else {
                    members.all.append(Member(name: name, value: value))
                }
            }
            return members
        }
        guard let read else { return nil }
        self = read
    }

    private init() {}

    /// Drops the members whose names are not among `names`; whether there were any.
    mutating func keep(only names: [String]) -> Bool {
        let before = all.count
        all.removeAll { !names.contains($0.name) }
        return all.count < before
    }

    subscript(name: String) -> [UInt8]? {
        get { all.first { $0.name == name }?.value }
        set {
            let index = all.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): all[index].value = value
            case (let index?, nil): all.remove(at: index)
            case (nil, let value?): all.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// The member's text, if it is a string.
    func text(_ name: String) -> String? { self[name].flatMap { JSONText.string($0) } }

    mutating func set(_ name: String, text: String) {
        var value: [UInt8] = []
        value.appendJSONString(text)
        self[name] = value
    }

    var encoded: [UInt8] {
        var bytes = [UInt8(ascii: "{")]
        for (index, member) in all.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.appendJSONString(member.name)
            bytes.append(UInt8(ascii: ":"))
            bytes += member.value
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}

/// Looks into JSON text that is known to be well formed.
enum JSONText {
    /// The text of a string; `nil` when `json` is something else.
    static func string(_ json: [UInt8]) -> String? {
        guard json.first == UInt8(ascii: "\"") else { return nil }
        return try? JSONScanner.withScanner(over: json, maxDepth: 0) { (scanner) throws(JSONError) in
            try scanner.text(of: try scanner.string())
        }
    }

    /// The elements of an array as they are written; `nil` when `json` is something else.
    static func elements(_ json: [UInt8]) -> [[UInt8]]? {
        guard json.first == UInt8(ascii: "[") else { return nil }
        return try? JSONScanner.withScanner(over: json, maxDepth: HistoryIndex.maxDepth) {
            (scanner) throws(JSONError) in
            var elements: [[UInt8]] = []
            try scanner.array { (scanner) throws(JSONError) in
                elements.append(Array(scanner.slice(try scanner.value())))
            }
            return elements
        }
    }

    /// An array of these elements.
    static func array(_ elements: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + elements.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }
}
