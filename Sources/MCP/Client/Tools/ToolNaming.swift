/// Gives tools names that the Messages API takes, `[a-zA-Z0-9_-]{1,128}`. A name depends on the tool's own name and on
/// the configuration alone, never on the other tools or on which servers are up: what a conversation calls, any worker
/// finds again.
struct ToolNaming: Sendable, Equatable {
    static let maximumLength = 128
    private static let separator = "__"
    private static let hashDigits = 8

    /// Stands before the names of one server's tools; `nil` when there is only one server.
    let prefix: String?

    /// One for each server: with several, each has a prefix made from its label, and a number where labels are alike.
    static func all(labels: [String]) -> [ToolNaming] {
        guard labels.count > 1 else { return labels.map { _ in ToolNaming(prefix: nil) } }
        var counts: [String: Int] = [:]
        var taken: Set<String> = []
        return labels.map { label in
            let plain = Self.plainLabel(label)
            var prefix: String
            repeat {
                let count = counts[plain, default: 0] + 1
                counts[plain] = count
                prefix = count == 1 ? plain : "\(plain)_\(count)"
            } while !taken.insert(prefix).inserted
            return ToolNaming(prefix: prefix + separator)
        }
    }

    /// What the model calls the tool `name`. One that has to be changed gets digits that tell it from others that look
    /// alike then.
    func name(for name: String) -> String {
        let room = Self.maximumLength - (prefix?.utf8.count ?? 0)
        guard !name.isEmpty, name.utf8.count <= room, name.utf8.allSatisfy(\.isPlain) else {
            let hash = hexDigits(of: name)
            let plain = String(
                decoding: name.unicodeScalars.map { UInt8(ascii: $0, or: "_") }.prefix(room - hash.utf8.count - 1),
                as: UTF8.self
            )
            return (prefix ?? "") + (plain.utf8.allSatisfy { $0 == UInt8(ascii: "_") } ? "tool" : plain) + "_" + hash
        }
        return (prefix ?? "") + name
    }

    /// Whether the model calls the tool by its own name, the prefix aside.
    func keeps(_ name: String) -> Bool { self.name(for: name) == (prefix ?? "") + name }

    /// Whether a tool of this server could have that name.
    func owns(_ name: String) -> Bool { prefix.map(name.hasPrefix) ?? true }

    /// `label` in letters, digits and single underscores, so that no prefix begins with another.
    private static func plainLabel(_ label: String) -> String {
        let words = label.split { character in
            !(character.isASCII && (character.isLetter || character.isNumber))
        }
        let plain = words.joined(separator: "_").prefix(24)
        return plain.isEmpty ? "server" : String(plain.last == "_" ? plain.dropLast() : plain)
    }

    /// FNV-1a of the name, folded to 32 bits.
    private func hexDigits(of name: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let folded = String(UInt32(truncatingIfNeeded: hash ^ hash >> 32), radix: 16)
        return String(repeating: "0", count: Self.hashDigits - folded.utf8.count) + folded
    }
}

extension UInt8 {
    /// `[a-zA-Z0-9_-]`
    fileprivate var isPlain: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    fileprivate init(ascii scalar: Unicode.Scalar, or other: Unicode.Scalar) {
        let byte = UInt8(exactly: scalar.value) ?? 0
        self = byte.isPlain ? byte : UInt8(ascii: other)
    }
}
