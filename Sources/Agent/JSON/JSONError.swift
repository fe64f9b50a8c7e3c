/// Why bytes are no JSON that Parley takes, and where.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package enum Reason: String, Sendable {
        case endedEarly = "ended early"
        case unexpectedByte = "unexpected character"
        case trailingBytes = "more than one value"
        case tooDeep = "nested too deep"
        case badEscape = "bad escape in a string"
        case controlCharacter = "control character in a string"
        case badNumber = "bad number"
        case numberOutOfRange = "number out of range"
        case badUTF8 = "text is not UTF-8"
        case duplicateKey = "the same key twice in an object"
        case loneSurrogate = "half of a surrogate pair"
        case wrongMembers = "not the members that were wanted"
    }

    package var reason: Reason
    /// The byte at which it was noticed.
    package var offset: Int

    package var description: String { "\(reason.rawValue) at byte \(offset)" }

    /// A document that is JSON, but not the one that was wanted.
    static let wrongMembers = JSONError(reason: .wrongMembers, offset: 0)
}
