import Agent
import MCP
import Testing

/// What comes and goes on the wire, as text.
@Suite struct MessageTests {
    @Test(arguments: [
        (
            #"{"id":1,"jsonrpc":"2.0","method":"tools/list"}"#,
            JSONRPCMessage.request(id: .int(1), method: "tools/list", params: [:])
        ),
        (#"{"id":"a","jsonrpc":"2.0","result":{}}"#, .result(id: .string("a"), result: [:])),
        (#"{"jsonrpc":"2.0","method":"x","params":{"a":null}}"#, .notification(method: "x", params: ["a": .null])),
        (
            #"{"error":{"code":-32601,"message":"no"},"jsonrpc":"2.0"}"#,
            .error(id: nil, error: JSONRPCError(.methodNotFound, "no"))
        ),
    ])
    func messagesSurviveTheWire(text: String, message: JSONRPCMessage) throws {
        #expect(try JSONRPCMessage(parsing: text.utf8) == message)
        #expect(String(decoding: message.encoded(), as: UTF8.self) == text)
    }

    @Test(arguments: [
        (#"{"id":7.0,"result":{}}"#, JSONRPCMessage.result(id: .int(7), result: [:])),
        (#"{"jsonrpc":"2.0","id":1,"result":{},"error":null}"#, .result(id: .int(1), result: [:])),
        (#"{"jsonrpc":"2.0","method":"x","params":null,"extra":[]}"#, .notification(method: "x", params: [:])),
        (#"{"id":1,"error":{"code":5}}"#, .error(id: .int(1), error: JSONRPCError(code: 5, message: ""))),
    ])
    func oddMessagesAreTaken(text: String, message: JSONRPCMessage) throws {
        #expect(try JSONRPCMessage(parsing: text.utf8) == message)
    }

    @Test(arguments: [
        ("", MalformedMessage.notJSON), ("hello", .notJSON), ("{", .notJSON), ("[]", .notMessage(id: nil)),
        ("3", .notMessage(id: nil)), ("{}", .notMessage(id: nil)), (#"{"id":1}"#, .notMessage(id: .int(1))),
        (#"{"id":1,"result":3}"#, .notMessage(id: .int(1))), (#"{"id":null,"method":"x"}"#, .notMessage(id: nil)),
        (#"{"id":2,"method":"x","params":[1]}"#, .notMessage(id: .int(2))),
        (#"{"jsonrpc":"1.0","id":3,"result":{}}"#, .notMessage(id: .int(3))),
        (#"{"id":1.5,"result":{}}"#, .notMessage(id: nil)),
        (#"{"id":1,"error":"bad"}"#, .notMessage(id: .int(1))),
        (String(repeating: "[", count: 100), .notJSON),
    ])
    func whatIsNoMessageIsRefused(text: String, reason: MalformedMessage) {
        #expect(throws: reason) { try JSONRPCMessage(parsing: text.utf8) }
    }

    @Test func sizesAreBounded() {
        let text = #"{"id":1,"result":{}}"#
        #expect(throws: MalformedMessage.tooLarge) { try JSONRPCMessage(parsing: text.utf8, maximumBytes: 19) }
        #expect(throws: Never.self) { try JSONRPCMessage(parsing: text.utf8, maximumBytes: 20) }
        let batch = "[" + Array(repeating: text, count: 101).joined(separator: ",") + "]"
        #expect(throws: MalformedMessage.notMessage(id: nil)) { try JSONRPCMessage.all(parsing: batch.utf8) }
    }

    @Test func aBatchGivesItsMessages() throws {
        let batch = #"[{"id":1,"result":{}},"noise",{"method":"x"}]"#
        #expect(
            try JSONRPCMessage.all(parsing: batch.utf8) == [
                .result(id: .int(1), result: [:]), .notification(method: "x", params: [:]),
            ]
        )
    }

    @Test(arguments: [
        ("plain", "plain"), ("日本", "=?base64?5pel5pys?="), ("", ""), (" x", "=?base64?IHg=?="),
        ("a\nb", "=?base64?YQpi?="), ("=?base64?eA==?=", "=?base64?PT9iYXNlNjQ/ZUE9PT89?="),
    ])
    func textGoesThroughHeaders(text: String, value: String) {
        #expect(HeaderText.encode(text) == value)
        #expect(HeaderText.decode(value) == text)
    }

    @Test func brokenHeaderTextIsNoticed() {
        #expect(HeaderText.decode("=?base64?*?=") == nil)
        #expect(HeaderText.decode("=?base64?/w==?=") == nil)
    }
}
