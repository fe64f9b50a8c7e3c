import Agent

/// A tool's result in words, for the model: all its texts, and a line for each thing that is none.
enum ResultText {
    static func text(of result: CallResult, maximumBytes: Int) -> String {
        var parts = result.content.map(text(of:)).filter { !$0.isEmpty }
        // What is structured stands in a text too, as servers should have it; else it is all there is.
        let hasText = result.content.contains { if case .text(let text) = $0 { !text.isEmpty } else { false } }
        if !hasText, let structured = result.structuredContent {
            parts.append(String(decoding: structured.encoded(), as: UTF8.self))
        }
        let text = parts.joined(separator: "\n")
        guard !text.allSatisfy(\.isWhitespace) else {
            return result.isError ? "The tool failed and does not say why." : "The tool returned nothing."
        }
        guard text.utf8.count > maximumBytes else { return text }
        return text.cut(toBytes: maximumBytes) + "\n[\(size(text.utf8.count)) in all, the rest is left out]"
    }

    private static func text(of block: ContentBlock) -> String {
        switch block {
        case .text(let text): text
        case .image(let data, let mimeType): "[image, \(mimeType), \(size(ofBase64: data)), not shown]"
        case .audio(let data, let mimeType): "[audio, \(mimeType), \(size(ofBase64: data)), not shown]"
        case .resourceLink(let uri, let name, let description, let mimeType, let bytes):
            "[link to \(name): \(uri)" + list([mimeType, bytes.map(size)]) + "]" + (description.map { " \($0)" } ?? "")
        case .textResource(let uri, let text, _): "[\(uri)]\n\(text)"
        case .binaryResource(let uri, let blob, let mimeType):
            "[\(uri)" + list([mimeType, size(ofBase64: blob)]) + ", not shown]"
        case .unknown(let type): "[content of an unknown kind\(type.isEmpty ? "" : ": \(type.cut(toBytes: 64))")]"
        }
    }

    private static func list(_ parts: [String?]) -> String { parts.compactMap { $0 }.map { ", \($0)" }.joined() }

    private static func size(ofBase64 text: String) -> String { size(Base64.decodedCount(of: text.utf8.count)) }

    private static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<1024: "\(bytes) bytes"
        case ..<(1024 * 1024): "\(bytes / 1024) KiB"
        default: "\(bytes / 1024 / 1024) MiB"
        }
    }
}
