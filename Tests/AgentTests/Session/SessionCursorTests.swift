import Testing

@testable import Agent

@Suite struct SessionCursorTests {
    @Test(arguments: ["0", "17", "18446744073709551615", "5~a", "5~a.b:c_d-e~f", "~a", "~a~b"])
    func isReadAsItIsWritten(_ text: String) {
        #expect(SessionCursor(text)?.description == text)
    }

    @Test(arguments: [
        "", "~", "x", "-1", "+1", "01", "18446744073709551616", "5~", "5~~a", "5~a b", "5~\u{e9}", "5,a", " 5",
        "5" + String(repeating: "~a", count: 33),
    ])
    func refusesWhatItNeverWrote(_ text: String) {
        #expect(SessionCursor(text) == nil)
    }

    @Test func takesAlongAsManyAsItMay() throws {
        let session = try #require(SessionID(String(repeating: "s", count: 128)))
        let cursor = SessionCursor(position: .max, met: Array(repeating: session, count: SessionCursor.most))
        #expect(SessionCursor(cursor.description) == cursor)
        #expect(cursor.description.utf8.count < 5000, "it fits into the line of a request")
    }

    @Test func aPrincipalIsReadAsItIsWritten() {
        #expect(Principal("user:738718") == Principal(userID: 738_718))
        for text in ["", "user:", "user:0", "user:-1", "user:01", "user:+1", "User:1", "user:1 ", "738718"] {
            #expect(Principal(text) == nil, "\(text)")
        }
    }
}
