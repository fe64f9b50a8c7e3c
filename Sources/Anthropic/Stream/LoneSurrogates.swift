/// Halves of surrogate pairs in JSON text. A server that cuts text between UTF-16 units, as those on Node.js do, sends half
/// an emoji at the end of one delta and half at the start of the next: legal JSON (RFC 8259, section 8.2), but no text.
enum LoneSurrogates {
    /// `json` with `\ufffd`, the replacement character, for every escaped half that stands alone; `nil` when none does.
    static func replaced(in json: String) -> [UInt8]? {
        var bytes = Array(json.utf8)
        var hasReplaced = false
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            guard let unit = escapedUnit(bytes, at: index) else {
                index += 2
                continue
            }
            if UTF16.isLeadSurrogate(unit), let next = escapedUnit(bytes, at: index + 6), UTF16.isTrailSurrogate(next) {
                index += 12
                continue
            }
            if UTF16.isLeadSurrogate(unit) || UTF16.isTrailSurrogate(unit) {
                bytes.replaceSubrange(index..<index + 6, with: #"\ufffd"#.utf8)
                hasReplaced = true
            }
            index += 6
        }
        return hasReplaced ? bytes : nil
    }

    private static func escapedUnit(_ bytes: [UInt8], at index: Int) -> UInt16? {
        guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        return UInt16(String(decoding: bytes[index + 2..<index + 6], as: UTF8.self), radix: 16)
    }
}
