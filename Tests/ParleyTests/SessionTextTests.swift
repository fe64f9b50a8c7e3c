import Agent
import Testing
import WebClient

@testable import parley

/// What operators read: tables, portraits, errors.
@Suite struct SessionTextTests {
    private static let now = 1_795_381_435

    private static func page(_ ids: [String], cursor: JSONValue = .null) -> JSONValue {
        ["sessions": .array(ids.map { ["session_id": .string($0)] }), "cursor": cursor]
    }

    @Test func theTableHasWhatWasUsedLastFirst() {
        var list = SessionList()
        let page: JSONValue = [
            "cursor": .null,
            "sessions": [
                [
                    "session_id": "b", "owner": .null, "turns": .null, "created_at": .null, "updated_at": .null,
                    "expires_in": .null, "bytes": 42, "run_id": .null, "waiting": 0,
                ],
                [
                    "session_id": "old", "owner": "user:7", "turns": 12, "created_at": 1_795_377_835,
                    "updated_at": 1_795_381_000, "expires_in": 1800, "bytes": 3400, "run_id": "run_1", "waiting": 2,
                ],
                [
                    "session_id": "new", "owner": "user:738718", "turns": 1, "created_at": 1_795_381_430,
                    "updated_at": 1_795_381_430, "expires_in": 60, "bytes": 999, "run_id": .null, "waiting": 0,
                ],
            ],
        ]
        let taken = list.append(page)
        #expect(taken)
        #expect(
            SessionTable(list, now: Self.now).text == """
                SESSION  OWNER        TURNS    SIZE  CREATED                  LAST TURN  EXPIRES    RUN
                new      user:738718      1   999 B  2026-11-22 21:03:50 UTC  5 s ago    in 60 s    -
                old      user:7          12  3.4 kB  2026-11-22 20:03:55 UTC  7 min ago  in 30 min  run_1, 2 waiting
                b        -                -    42 B  -                        -          never      -

                3 sessions
                """
        )
    }

    @Test func anEmptyTableIsOneLine() {
        #expect(SessionTable(SessionList(), now: 0).text == "0 sessions")
    }

    @Test func aListHasEachSessionOnceAndKnowsItsEnd() {
        var list = SessionList()
        let first = list.append(Self.page(["a", "b"], cursor: "5~c"))
        #expect(first)
        #expect(list.cursor == SessionCursor("5~c"))
        #expect(SessionTable(list, now: 0).text.hasSuffix("\n\n2 sessions, and more: --cursor '5~c'"))
        let last = list.append(Self.page(["b", "c"]))
        #expect(last)
        #expect(list.cursor == nil)
        #expect(list.json == Self.page(["a", "b", "c"]))
    }

    @Test(
        arguments: [
            [:], ["sessions": []], ["sessions": [1], "cursor": .null], ["sessions": [], "cursor": "~"],
            ["sessions": [:], "cursor": .null],
        ] as [JSONValue]
    )
    func whatIsNoPageIsNotTaken(_ answer: JSONValue) {
        var list = SessionList()
        let taken = list.append(answer)
        #expect(!taken)
    }

    @Test func aPortraitTellsTheConversation() {
        let session: JSONValue = [
            "session_id": "s", "turns": 1, "created_at": 1_795_381_430, "updated_at": 1_795_381_430, "expires_in": 1800,
            "messages": [
                ["role": "user", "content": "Hello\nthere\u{1B}[2J"],
                [
                    "role": "assistant",
                    "content": [
                        ["type": "text", "text": "Let me look."],
                        ["type": "tool_use", "id": "t", "name": "look", "input": ["at": "it"]], ["type": "thinking"],
                    ],
                ],
                [
                    "role": "user",
                    "content": [
                        [
                            "type": "tool_result", "tool_use_id": "t",
                            "content": .string(String(repeating: "x", count: 400)),
                        ]
                    ],
                ],
                ["role": 7, "content": 8],
            ],
        ]
        #expect(
            SessionPortrait(session, now: Self.now).text == """
                session    s
                turns      1
                created    2026-11-22 21:03:50 UTC (5 s ago)
                last turn  2026-11-22 21:03:50 UTC (5 s ago)
                expires    in 30 min

                user
                  Hello
                  there\u{FFFD}[2J

                assistant
                  Let me look.
                  -> look {"at":"it"}
                  [thinking]

                user
                  <- \(String(repeating: "x", count: 300))…

                ?
                  8
                """
        )
    }

    @Test func errorsAreOneLineAndHaveTheirStatus() {
        func error(_ status: Int, _ body: String) -> OperatorError {
            OperatorError(status: status, body: Array(body.utf8), url: "http://x")
        }
        let invalid = #"""
            {"type":"/problems/invalid","title":"Some fields","errors":[{"field":"owner","message":"must be\nso"}]}
            """#
        #expect(error(422, invalid).message == "Some fields (422 invalid); owner must be\u{FFFD}so")
        #expect(error(422, invalid).exitStatus == 1)
        let unauthorized = error(401, #"{"type":"/problems/unauthorized","title":"No"}"#)
        #expect(unauthorized.message == "No (401 unauthorized); set OPS_TOKEN or give --token")
        #expect(unauthorized.exitStatus == 77)
        let down = error(503, #"{"type":"/problems/store-unavailable","title":"Down","detail":"Later"}"#)
        #expect(down.message == "Down (503 store-unavailable); Later")
        #expect(down.exitStatus == 69)
        #expect(error(404, "<html>").message == "http://x answered 404: is this Parley?")
        #expect(OperatorError(WebError(.connect, "http://x: no\n")) == OperatorError("http://x: no\n", exitStatus: 69))
        #expect(OperatorError(WebError(.invalid, "")).exitStatus == 64)
    }
}
