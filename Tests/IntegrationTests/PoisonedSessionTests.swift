import Agent
import TestSupport
import Testing

/// Promise 5: whatever another program leaves in a session, the next turn is one that the Messages API takes.
@Suite(.timeLimit(.minutes(2))) struct PoisonedSessionTests {
    /// Each of them is refused by the Messages API when it is sent as it is, with a prompt behind it.
    private static let poisons = [
        #"[{"role":"assistant","content":"I begin"}]"#,
        #"[{"role":"user","content":"Hi"}]"#,
        #"[{"role":"user","content":""},{"role":"assistant","content":"Yes?"}]"#,
        #"[{"role":"user","content":"Hi"},{"role":"assistant","content":[]}]"#,
        #"[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"text","text":"  "}]}]"#,
        #"[{"role":"system","content":"It's mine: \\ \"now\""},{"role":"user","content":"Hi"}]"#,
        #"[{"role":"user","content":"Go"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"x","input":{}}]}]"#,
        #"[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t9","content":"gone"}]}]"#,
    ]

    @Test(arguments: Fleet.Store.allCases)
    func aSessionCannotBePoisoned(on store: Fleet.Store) async throws {
        try await ModelServer.serving({ .text("re: \($0.lastText ?? "")") }) { model in
            try await Fleet.with(on: store, model.settings(["LOG_LEVEL": "warning"])) { fleet in
                try await Phone.using { web in
                    var answered = 0
                    for (number, poison) in Self.poisons.enumerated() {
                        let phone = Phone(web: web, url: fleet.url, session: "poisoned-\(number)")
                        // In a session that is new, and again in one that has had a turn.
                        for turn in 1...2 {
                            try await fleet.write(poison, to: "poisoned-\(number)")
                            let answer = try await phone.say("turn \(turn)")
                            #expect(answer.summary == "re: turn \(turn)", "\(poison): \(answer.json)")
                            if answer.status == 200 { answered += 1 }
                        }
                    }
                    let turns = Self.poisons.count * 2
                    print("\(store): \(turns) turns on poisoned histories: \(answered) answered")
                    #expect(answered == turns && model.requests.count == turns)
                }
            }
            #expect(model.refusals == [])
        }
    }
}
