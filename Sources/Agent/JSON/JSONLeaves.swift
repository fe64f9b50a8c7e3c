/// The texts and whole numbers in an object, and in the objects that are its members, read without a tree: for small documents
/// that come by the thousand, one for each piece of an answer.
package struct JSONLeaves {
    private enum Leaf {
        case text(String)
        case number(Int)
        /// Something else, at which nobody looks.
        case other
    }

    private struct Entry {
        /// The member that the leaf is in; empty: the document itself.
        var parent: String
        var name: String
        var leaf: Leaf
    }

    private var entries: [Entry] = []

    /// `nil` for what is no object, or has anything that a strict reader of trees may refuse: that one is to be asked.
    package init?(_ json: String) {
        do throws(JSONError) {
            try JSONScanner.withScanner(over: Array(json.utf8), maxDepth: JSONValue.maxDepth) {
                (scanner) throws(JSONError) in
                entries.reserveCapacity(6)
                try read(&scanner, of: "")
                guard scanner.takeOddities().isEmpty else { throw JSONError.wrongMembers }
            }
        } catch {
            return nil
        }
    }

    /// The text of a member of the document, or of its member `parent`.
    package func text(_ name: String, in parent: String = "") -> String? {
        if case .text(let text)? = leaf(name, parent) { text } else { nil }
    }

    package func number(_ name: String, in parent: String = "") -> Int? {
        if case .number(let number)? = leaf(name, parent) { number } else { nil }
    }

    private func leaf(_ name: String, _ parent: String) -> Leaf? {
        entries.first { $0.name == name && $0.parent == parent }?.leaf
    }

    private mutating func read(_ scanner: inout JSONScanner, of parent: String) throws(JSONError) {
        try scanner.object { (scanner, token) throws(JSONError) in
            let name = try scanner.text(of: token)
            guard leaf(name, parent) == nil else { throw scanner.error(.duplicateKey) }
            let place = entries.count
            entries.append(Entry(parent: parent, name: name, leaf: .other))
            switch scanner.peek() {
            case UInt8(ascii: "\""): entries[place].leaf = .text(try scanner.text(of: try scanner.string()))
            case UInt8(ascii: "{") where parent.isEmpty && !name.isEmpty: try read(&scanner, of: name)
            case .some(UInt8(ascii: "0")...UInt8(ascii: "9")), UInt8(ascii: "-"):
                let text = scanner.slice(try scanner.number().range)
                if let number = Int(String(decoding: text, as: UTF8.self)) { entries[place].leaf = .number(number) }
            default: try scanner.value()
            }
        }
    }
}
