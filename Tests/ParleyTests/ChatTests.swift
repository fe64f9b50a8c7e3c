import Foundation
import ParleyClient
import Testing

@testable import parley

/// What is typed in a chat, and what is shown of a run.
@Suite struct ChatTests {
    @Test(
        arguments: [
            ("", .nothing), (" \t", .nothing), ("Hello ", .prompt("Hello")), ("/new", .new), (" /stop ", .stop),
            ("/history", .history), ("/help", .help), ("/quit", .quit), ("/exit", .unknown("/exit")),
            ("//etc/hosts", .prompt("/etc/hosts")), ("a /new", .prompt("a /new")),
        ] as [(String, ChatLine)]
    )
    func linesAreCommandsOrPrompts(_ text: String, _ line: ChatLine) { #expect(ChatLine(text) == line) }

    private func shown(_ events: [ParleyClient.Event], colors: Bool = false) -> String {
        var view = ChatView(palette: Palette(isOn: colors))
        return events.map { view.show($0) }.joined() + view.endLine()
    }

    private func answer(_ summary: String, _ more: String = "") throws -> ParleyClient.Event {
        let json = #"{"run_id": "r", "summary": "\#(summary)"\#(more)}"#
        return .finished(try JSONDecoder().decode(ParleyClient.Answer.self, from: Data(json.utf8)))
    }

    private func tool(_ id: String, ended ok: Bool? = nil, after milliseconds: Int = 5) -> ParleyClient.Event {
        let text = #"{"id": "\#(id)", "name": "tool_\#(id)", "ok": \#(ok ?? true), "duration_ms": \#(milliseconds)}"#
        let data = Data(text.utf8)
        do {
            if ok == nil { return .toolStarted(try JSONDecoder().decode(ParleyClient.ToolCall.self, from: data)) }
            return .toolFinished(try JSONDecoder().decode(ParleyClient.ToolResult.self, from: data))
        } catch {
            Issue.record(error)
            return .textReset
        }
    }

    private let start = ParleyClient.Event.started(runID: "r", sessionID: "s")

    @Test func aRunIsShownAsItGoesOn() throws {
        let more = """
            , "warnings": ["Deadline exceeded"], "stopped_by": "deadline", "created_artifacts": [
              {"type": "user_story", "id": 1, "ref": 7, "subject": "Login"}, {"type": "task", "id": 2, "subject": "Test"}]
            """
        let events = [
            start, .text("Let me "), .text("look."), tool("a"), tool("a", ended: true), tool("b"),
            tool("b", ended: false, after: 12_345), .text("Done.\nAll of it."), try answer(#"Done.\nAll of it."#, more),
        ]
        #expect(
            shown(events) == """
                Let me look.
                * tool_a ok, 5 ms
                * tool_b failed, 12 s
                Done.
                All of it.
                + user story #7 Login
                + task Test
                ! Deadline exceeded
                (stopped: deadline)

                """
        )
    }

    @Test func toolsAtTheSameTimeAreToldApart() throws {
        let events = [start, tool("a"), tool("b"), tool("a", ended: true), tool("b", ended: true), try answer("Hi")]
        #expect(shown(events) == "* tool_a\n* tool_b\n* tool_a ok, 5 ms\n* tool_b ok, 5 ms\nHi\n")
    }

    @Test func whatWasNotToldInWordsIsInTheAnswer() throws {
        #expect(shown([start, try answer("Hi")]) == "Hi\n")
        #expect(shown([start, .text("Hi"), try answer("Hi")]) == "Hi\n")
        #expect(shown([start, .text("Wro"), .textReset, .text("Hi"), try answer("Hi")]) == "Wro\n(once more)\nHi\n")
        #expect(shown([start, .text("Lo"), start, .text("Hi"), try answer("Hi")]) == "Lo\n(begun anew)\nHi\n")
        #expect(
            shown([start, .gap(from: "1-0", to: "2-0"), .text("i"), try answer("Hi")])
                == "(some of it was missed)\ni\nHi\n"
        )
    }

    @Test func nothingReachesTheTerminalThatItWouldObey() throws {
        let text = "a\u{1B}]52;c;aGk=\u{07}b\r\n\tc\u{9B}2J\u{202E}d\u{7F}"
        let harmless = "a\u{FFFD}]52;c;aGk=\u{FFFD}b\n\tc\u{FFFD}2J\u{FFFD}d\u{FFFD}"
        #expect(text.printableText == harmless)
        // A sequence in two pieces is none either.
        #expect(shown([start, .text("\u{1B}"), .text("[2J")]) == "\u{FFFD}[2J\n")
        let more =
            #", "warnings": ["\u001b[2J"], "created_artifacts": [{"type": "\u001b", "id": 1, "subject": "\u001b[2J"}]"#
        #expect(!shown([start, try answer("", more)]).contains("\u{1B}"))
    }

    @Test func colorsAreAroundWhatIsNotTheModels() throws {
        #expect(shown([start, .text("Hi"), tool("a")], colors: true) == "Hi\n\u{1B}[36m* tool_a\u{1B}[0m\n")
    }

    @Test func aHistoryIsShownAsAConversation() throws {
        let json = """
            {"session_id": "s", "messages": [{"role": "user", "content": "Hi\\u001b\\nthere"},
              {"role": "assistant", "content": [{"type": "text", "text": "Hello"},
                {"type": "tool_use", "id": "t", "name": "look", "input": {}}, {"type": "thinking"}]},
              {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "no", "is_error": true}]}]}
            """
        let stored = try JSONDecoder().decode(ParleyClient.StoredSession.self, from: Data(json.utf8))
        #expect(
            HistoryView(stored, palette: Palette(isOn: false)).text == """
                > Hi\u{FFFD}
                > there
                Hello
                * look
                [thinking]
                  failed: no

                """
        )
    }
}
