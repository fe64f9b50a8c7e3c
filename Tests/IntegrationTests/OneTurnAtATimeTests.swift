import Agent
import Foundation
import TestSupport
import Testing
import WebClient

/// Promises 2 to 5: turns of one session, whoever asks for them, on whichever worker and in whichever store.
@Suite(.timeLimit(.minutes(3))) struct OneTurnAtATimeTests {
    /// A model that answers each prompt with its echo.
    private static let echo: ModelServer.Responder = { .text("re: \($0.lastText ?? "")") }

    @Test(arguments: Fleet.Store.allCases)
    func eightClientsOnOneSession(on store: Fleet.Store) async throws {
        let (clients, turns) = (8, soak(50, otherwise: 20))
        let all = clients * turns
        try await ModelServer.serving(Self.echo) { model in
            try await Fleet.with(on: store, model.settings(["LOG_LEVEL": "warning"])) { fleet in
                try await Phone.using { web in
                    let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
                        for client in 0..<clients {
                            group.addTask {
                                let phone = Phone(web: web, url: fleet.url, session: "shared")
                                var statuses: [Int] = []
                                for turn in 0..<turns {
                                    statuses.append(try await phone.say("client \(client) turn \(turn)").status)
                                }
                                return statuses
                            }
                        }
                        return try await group.reduce(into: []) { $0 += $1 }
                    }
                    #expect(statuses.count { $0 == 200 } == all)

                    let history = try await Phone(web: web, url: fleet.url, session: "shared").history()
                    let texts = Transcript(history.json).texts
                    let prompts = texts.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
                    let answers = texts.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
                    let paired = zip(prompts, answers).count { $1 == "re: \($0)" }
                    var inOrder = 0
                    for client in 0..<clients {
                        let own = prompts.filter { $0.hasPrefix("client \(client) ") }
                        if own == (0..<turns).map({ "client \(client) turn \($0)" }) { inOrder += own.count }
                    }
                    print(
                        "\(store): 8 clients x \(turns) turns: \(prompts.count) in the history, \(inOrder) in order, \(paired) pairs intact"
                    )
                    #expect(prompts.count == all && paired == all && inOrder == all)
                    #expect(history.json["turns"]?.intValue == all)
                }
            }
            #expect(model.refusals == [])
        }
    }

    @Test(arguments: Fleet.Store.allCases)
    func duplicatesOfARequestRunOnce(on store: Fleet.Store) async throws {
        let keys = 100
        try await ModelServer.serving(Self.echo) { model in
            try await Fleet.with(on: store, model.settings(["LOG_LEVEL": "warning"])) { fleet in
                try await Phone.using { web in
                    let urls = fleet.workers.map { "http://127.0.0.1:\($0.port)" }
                    let answers = try await withThrowingTaskGroup(of: (Int, Phone.Answer).self) { group in
                        for number in 0..<keys {
                            for copy in 0..<2 {
                                let phone = Phone(web: web, url: urls[(number + copy) % 3], session: "s\(number % 10)")
                                group.addTask {
                                    (number, try await phone.say("prompt \(number)", key: "key-\(number)"))
                                }
                            }
                        }
                        return try await group.reduce(into: []) { $0.append($1) }
                    }
                    #expect(answers.allSatisfy { $0.1.status == 200 && $0.1.summary == "re: prompt \($0.0)" })
                    let replayed = answers.count { $0.1.headers["idempotent-replayed"] == "true" }
                    let runs = Set(answers.compactMap { $0.1.json["run_id"]?.stringValue }).count
                    print(
                        "\(store): 200 posts of 100 keys: \(model.requests.count) model calls, \(runs) runs, \(replayed) replays"
                    )
                    #expect(model.requests.count == keys && runs == keys && replayed == keys)

                    let other = try await Phone(web: web, url: urls[0], session: "s1").say("another", key: "key-1")
                    #expect(other.status == 422 && other.problem == "key-reused")
                }
            }
        }
    }

    @Test(arguments: Fleet.Store.allCases)
    func aKeyWithoutASessionIsKeptToo(on store: Fleet.Store) async throws {
        try await ModelServer.serving(Self.echo) { model in
            try await Fleet.with(on: store, model.settings()) { fleet in
                try await Phone.using { web in
                    let urls = fleet.workers.map { "http://127.0.0.1:\($0.port)" }
                    let first = try await Phone(web: web, url: urls[0]).say("Hi", key: "k")
                    let second = try await Phone(web: web, url: urls[1]).say("Hi", key: "k")
                    #expect(first.json == second.json)
                    #expect(second.headers["idempotent-replayed"] == "true")
                    #expect(model.requests.count == 1)
                }
            }
        }
    }

    @Test(arguments: Fleet.Store.allCases)
    func aClearedSessionStaysCleared(on store: Fleet.Store) async throws {
        let rounds = soak(200, otherwise: 80)
        let release = EventCount()
        // Every other run is cleared behind a completed step, the rest before.
        let responder: ModelServer.Responder = { request in
            if request.lastText == "with a step", request.toolResults.isEmpty {
                return .init(
                    .message(
                        .init(
                            content: [["type": "tool_use", "id": "t1", "name": "taiga_list_members", "input": [:]]],
                            stopReason: "tool_use"
                        )
                    )
                )
            }
            return .text("too late").delivered { $0.hold = release }
        }
        try await ModelServer.serving(responder) { model in
            try await Fleet.with(on: store, model.settings(["LOG_LEVEL": "warning"])) { fleet in
                try await Phone.using { web in
                    let urls = fleet.workers.map { "http://127.0.0.1:\($0.port)" }
                    var told = 0
                    var resurrected = 0
                    for round in 0..<rounds {
                        let runner = Phone(web: web, url: urls[round % 3], session: "s\(round)")
                        let clearer = Phone(web: web, url: urls[(round + 1) % 3], session: "s\(round)")
                        let hasStep = round % 2 == 0
                        let before = model.arrived.count
                        async let answer = runner.say(hasStep ? "with a step" : "at once")
                        await model.arrived.wait(for: before + (hasStep ? 2 : 1))
                        #expect(try await clearer.clear().json["status"] == "cleared")
                        let reply = try await answer
                        if hasStep {
                            let warnings = reply.json["warnings"]?.arrayValue ?? []
                            if warnings.contains("History not kept: the session was cleared") { told += 1 }
                        } else if reply.status == 409, reply.problem == "cleared" {
                            told += 1
                        }
                        if try await clearer.history().status != 404 { resurrected += 1 }
                    }
                    print(
                        "\(store): \(rounds) DELETEs in the middle of runs: \(resurrected) resurrected, \(told) told so"
                    )
                    #expect(resurrected == 0 && told == rounds)
                }
            }
        }
    }

    @Test(arguments: Fleet.Store.allCases)
    func theBusySessionsManners(on store: Fleet.Store) async throws {
        let release = EventCount()
        let responder: ModelServer.Responder = { request in
            guard request.lastText == "slow" else { return .text("re: \(request.lastText ?? "")") }
            return .text("re: slow").delivered { $0.hold = release }
        }
        try await ModelServer.serving(responder) { model in
            try await Fleet.with(on: store, model.settings()) { fleet in
                try await Phone.using { web in
                    let urls = fleet.workers.map { "http://127.0.0.1:\($0.port)" }
                    let phones = urls.map { Phone(web: web, url: $0, session: "s") }
                    async let slow = phones[0].say("slow")
                    await model.arrived.wait(for: 1)

                    let rejected = try await phones[1].say("now", ["if_busy": "reject"])
                    #expect(rejected.status == 409 && rejected.problem == "session-busy")
                    #expect(rejected.json["run_id"]?.stringValue?.hasPrefix("run_") == true)

                    let quick = try await phones[2].say("quick", ["if_busy": "interrupt"])
                    #expect(quick.summary == "re: quick")
                    let interrupted = try await slow
                    #expect(interrupted.status == 409 && interrupted.problem == "interrupted")
                    await model.aborted.wait(for: 1)
                    #expect(Transcript(try await phones[0].history().json).texts == ["quick", "re: quick"])
                }
            }
        }
    }
}

/// A session's messages as the texts that people would read, tool traffic left out.
struct Transcript {
    let texts: [String]

    init(_ session: JSONValue) {
        texts = (session["messages"]?.arrayValue ?? []).compactMap { message in
            message["content"]?.stringValue
                ?? message["content"]?.arrayValue?.compactMap { $0["text"]?.stringValue }.first
        }
    }
}
