import Agent
import Testing

@testable import MCP

/// Results as the model reads them.
@Suite struct ResultTextTests {
    private func text(_ result: JSONValue) -> String {
        ResultText.text(of: CallResult(result.objectValue ?? [:]), maximumBytes: 1000)
    }

    @Test(arguments: [
        (#"{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#, "a\nb"),
        (#"{"content":[]}"#, "The tool returned nothing."), ("{}", "The tool returned nothing."),
        (#"{"isError":true}"#, "The tool failed and does not say why."),
        (#"{"content":[],"structuredContent":{"b":1,"a":[true]}}"#, #"{"a":[true],"b":1}"#),
        (#"{"content":[{"type":"text","text":"said"}],"structuredContent":{"a":1}}"#, "said"),
        (
            #"{"content":[{"type":"image","data":"AAAA","mimeType":"image/png"}]}"#,
            "[image, image/png, 3 bytes, not shown]"
        ),
        (#"{"content":[{"type":"audio","data":"AAAA"}]}"#, "[audio, application/octet-stream, 3 bytes, not shown]"),
        (
            #"{"content":[{"type":"resource_link","uri":"x:1","name":"n","description":"d"}]}"#,
            "[link to n: x:1] d"
        ),
        (#"{"content":[{"type":"resource","resource":{"uri":"x:1","text":"t"}}]}"#, "[x:1]\nt"),
        (
            #"{"content":[{"type":"resource","resource":{"uri":"x:1","blob":"AAAA","mimeType":"a/b"}}]}"#,
            "[x:1, a/b, 3 bytes, not shown]"
        ),
        (
            #"{"content":[{"type":"hologram"},{"type":"text"},7]}"#,
            """
            [content of an unknown kind: hologram]
            [content of an unknown kind: text]
            [content of an unknown kind]
            """
        ),
    ])
    func everyKindHasWords(result: String, words: String) throws {
        #expect(text(try JSONValue(parsing: result.utf8)) == words)
    }

    @Test func longTextsAreCutBetweenCharacters() {
        let long = text(["content": [["type": "text", "text": .string(String(repeating: "é", count: 5000))]]])
        #expect(long.utf8.count < 1100)
        #expect(long.hasSuffix("…\n[9 KiB in all, the rest is left out]"))
        #expect(!long.contains("\u{FFFD}"))
    }
}
