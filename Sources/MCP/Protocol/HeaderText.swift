/// Text in HTTP fields, where only printable ASCII may stand: the rest goes as `=?base64?…?=` over its UTF-8.
/// Source: MCP 2026-07-28, Streamable HTTP, "Value Encoding".
package enum HeaderText {
    private static let prefix = "=?base64?"
    private static let suffix = "?="

    /// `text` as a field's value; as it is, where that can be read back unchanged.
    package static func encode(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && text.first != " " && text.last != " "
        guard !isPlain || looksEncoded(text) else { return text }
        return prefix + Base64.encode(Array(text.utf8)) + suffix
    }

    /// What a field's value says; `nil` when it claims to be base64 of UTF-8 and is not.
    package static func decode(_ value: String) -> String? {
        guard looksEncoded(value) else { return value }
        let digits = value.utf8.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count)
        return Base64.decode(digits).flatMap { String(validating: $0, as: UTF8.self) }
    }

    private static func looksEncoded(_ value: String) -> Bool {
        value.utf8.count >= prefix.utf8.count + suffix.utf8.count && value.hasPrefix(prefix) && value.hasSuffix(suffix)
    }
}
