import Testing

@testable import Taiga

@Suite struct RefusalTests {
    private func refusal(_ text: String) -> Refusal { Refusal(Array(text.utf8)) }

    @Test("Each shape is told by its form, in any language")
    func shapes() {
        #expect(refusal(#"{"_error_message":"Nope","_error_type":"t"}"#) == .message("Nope"))
        #expect(refusal(#"{"_error_message":""}"#) == .message(""))
        #expect(
            refusal(#"{"subject":["Este campo es obligatorio."]}"#) == .fields(["subject: Este campo es obligatorio."])
        )
        #expect(refusal(#"{"__all__":["A","B"],"x":["C"]}"#) == .fields(["A B", "x: C"]))
        #expect(refusal(#"{"non_field_errors":["Invalid data"]}"#) == .fields(["Invalid data"]))
        #expect(refusal(#"{"version":"La versión no coincide"}"#) == .version)
        #expect(refusal(#"{"version":["Enter a whole number."]}"#) == .fields(["version: Enter a whole number."]))
        #expect(refusal(#"{"detail":"d","code":"token_not_valid","messages":[]}"#) == .token)
        for text in ["", "<!doctype html>", "[]", "{}", #"{"a":1}"#, "{"] { #expect(refusal(text) == .unreadable) }
    }

    @Test(
        "Each status has its meaning",
        arguments: [
            (400, #"{"version":"x"}"#, TaigaError.Code.conflict), (400, #"{"subject":["x"]}"#, .invalid),
            (400, #"{"_error_message":"x"}"#, .invalid), (403, #"{"_error_message":"x"}"#, .forbidden),
            (404, #"{"_error_message":""}"#, .notFound), (404, "<html>", .unavailable), (302, "", .unavailable),
            (451, #"{"_error_message":"x"}"#, .forbidden), (405, #"{"_error_message":"x"}"#, .invalid),
            (418, "<html>", .unavailable),
        ]
    )
    func statuses(status: Int, body: String, code: TaigaError.Code) {
        #expect(refusal(body).error(status: status).code == code)
    }

    @Test("Taiga's words reach the model on one line, and not without end")
    func words() {
        let long = String(repeating: "x", count: 5000)
        let error = refusal("{\"_error_message\":\"a\\nb \(long)\"}").error(status: 400)
        #expect(error.message.hasPrefix("Taiga refused it. It says: a b xxx"))
        #expect(error.message.count < 500)
    }

    @Test(
        "Addresses are taken with and without the API's path",
        arguments: [
            ("https://api.taiga.io", "https://api.taiga.io/api/v1"),
            ("https://api.taiga.io/", "https://api.taiga.io/api/v1"),
            ("http://127.0.0.1:9000/api/v1/", "http://127.0.0.1:9000/api/v1"),
            ("https://x.example/taiga", "https://x.example/taiga/api/v1"), ("ftp://x", nil), ("https://", nil),
            ("https:///x", nil), ("https://u:p@x", nil), ("https://x?y=1", nil), ("x", nil), ("", nil),
        ] as [(String, String?)]
    )
    func addresses(url: String, root: String?) { #expect(TaigaSettings(url: url)?.root == root) }
}
