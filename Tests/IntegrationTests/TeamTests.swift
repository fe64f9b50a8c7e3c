import Agent
import Foundation
import Synchronization
import TestSupport
import Testing
import WebClient

/// Workers for a team: on a Taiga of its own, reached over REST or through a tool server, as the requirements draw it.
@Suite(.timeLimit(.minutes(5))) struct TeamTests {
    /// The conversation of the requirements, as a model that goes by what the tools answer would lead it.
    private let example: ModelServer.Responder = { request in
        switch request.lastText {
        case "Create tasks for Alex": return .toolUse([("t1", "taiga_list_members", [:])])
        case "Alex Smith":
            let subjects = ["Set up development environment", "Review requirements", "Write tests"]
            return .toolUse(
                subjects.enumerated().map { number, subject in
                    let input: JSONValue = [
                        "subject": .string(subject), "assigned_to": "Alex Smith",
                        "idempotency_key": .string("k\(number)"),
                    ]
                    return (id: "c\(number)", name: "taiga_create_task", input: input)
                }
            )
        case nil where request.toolResults.contains { $0.contains("Alex Kim") }:
            return .text("I found 3 users named Alex: Alex Smith, Alex Jones and Alex Kim. Which one?")
        case nil: return .text("Created \(request.toolResults.count) tasks.")
        case let other?: return .text("re: \(other)")
        }
    }

    @Test(arguments: [false, true])
    func theExampleOfTheRequirements(throughAToolServer: Bool) async throws {
        try await TaigaServer.serving { taiga in
            try await ModelServer.serving(example) { model in
                try await MCPProgram.with(["TAIGA_URL": taiga.url], isWanted: throughAToolServer) { tools in
                    let settings = tools.map { ["MCP_URLS": $0.url] } ?? ["TAIGA_URL": taiga.url]
                    try await ParleyWorker.with(model.settings(settings)) { worker in
                        try await Phone.using { web in
                            let phone = Phone(web: web, url: worker.url, session: "s", tokens: taiga.signIn(738_718))
                            let asked = try await phone.say("Create tasks for Alex")
                            #expect(asked.summary.contains("Which one?"), "\(asked.json)")
                            let done = try await phone.say("Alex Smith")
                            #expect(done.summary == "Created 3 tasks.")
                            #expect(done.json["created_artifacts"]?.arrayValue?.count == 3)
                            #expect(done.json["artifacts"]?["tasks"]?.arrayValue?.count == 3)
                            #expect(done.json["warnings"] == [])
                        }
                    }
                }
                #expect(model.refusals == [])
            }
            #expect(taiga.world.tasks.map(\.assignedTo) == [738_801, 738_801, 738_801])
        }
    }

    @Test func usersAreWhoTaigaSaysTheyAre() async throws {
        try await TaigaServer.serving { taiga in
            try await ModelServer.serving({ .text("re: \($0.lastText ?? "")") }) { model in
                try await ParleyWorker.with(model.settings(["TAIGA_URL": taiga.url])) { worker in
                    try await Phone.using { web in
                        let owner = Phone(web: web, url: worker.url, session: "s", tokens: taiga.signIn(738_718))
                        let mine = try await owner.say("mine")
                        #expect(mine.status == 200)
                        #expect(try await owner.history().status == 200)
                        let other = Phone(web: web, url: worker.url, session: "s", tokens: taiga.signIn(738_801))
                        #expect(try await other.say("yours").problem == "invalid")
                        let claims: [String: JSONValue] = ["user_context": .user(738_801)]
                        #expect(try await other.say("yours", key: nil, claims).problem == "not-found")
                        #expect(try await other.history().problem == "not-found")
                        #expect(try await other.clear().status == 200)
                        #expect(try await owner.history().status == 200)
                        let nobody = Phone(web: web, url: worker.url, session: "s")
                        #expect(try await nobody.history().problem == "unauthorized")
                        #expect(try await nobody.say("who?").problem == "unauthorized")
                    }
                }
            }
        }
    }

    /// The token expires, the run refreshes it, the answer is lost, the retry gets the new pair on another worker.
    @Test func aRefreshedPairIsHandedBackAlsoToTheRetry() async throws {
        try await TaigaServer.serving { taiga in
            try await ModelServer.serving({ .text("re: \($0.lastText ?? "")") }) { model in
                try await Fleet.with(workers: 2, model.settings(["TAIGA_URL": taiga.url])) { fleet in
                    try await Phone.using { web in
                        let old = taiga.signIn(738_718)
                        let phones = fleet.workers.map {
                            Phone(web: web, url: "http://127.0.0.1:\($0.port)", session: "s", tokens: old)
                        }
                        taiga.change { $0.expireAccessTokens() }
                        let first = try await phones[0].say("hello", key: "k")
                        let pair = try #require(first.json["auth"])
                        #expect(first.status == 200 && pair["refresh"]?.stringValue?.isEmpty == false)
                        let retry = try await phones[1].say("hello", key: "k")
                        #expect(retry.json["auth"] == pair)
                        #expect(retry.headers["idempotent-replayed"] == "true")
                        #expect(taiga.count("POST", "/auth/refresh") == 1)
                        let dead = try await phones[1].say("again", key: "another")
                        #expect(dead.problem == "unauthorized")
                        let secrets = [pair["auth_token"], pair["refresh"]].compactMap { $0?.stringValue }
                        let leaks = try fleet.files(holding: secrets + old.texts)
                        #expect(leaks == [])
                    }
                }
            }
        }
    }

    @Test func nothingIsWrittenInAnotherProject() async throws {
        let responder: ModelServer.Responder = { request in
            guard request.toolResults.isEmpty else { return .text(request.toolResults.joined()) }
            let input: JSONValue = ["subject": "Elsewhere", "project_id": 1_729_876, "idempotency_key": "k"]
            return .toolUse([("t", "taiga_create_user_story", input)])
        }
        try await TaigaServer.serving { taiga in
            try await ModelServer.serving(responder) { model in
                try await MCPProgram.with(["TAIGA_URL": taiga.url], isWanted: true) { tools in
                    for settings in [["TAIGA_URL": taiga.url], ["MCP_URLS": tools?.url ?? ""]] {
                        try await ParleyWorker.with(model.settings(settings)) { worker in
                            try await Phone.using { web in
                                let phone = Phone(web: web, url: worker.url, tokens: taiga.signIn(738_718))
                                let answer = try await phone.say("write elsewhere")
                                #expect(answer.summary.contains("is not the project of this request"))
                            }
                        }
                    }
                }
            }
            #expect(taiga.world.stories.isEmpty)
        }
    }

    /// Runs whose writes lose their connection, and a look for tokens where none may be.
    @Test func aCutConnectionDoublesAndLosesNothing() async throws {
        let runs = soak(500, otherwise: 100)
        let responder: ModelServer.Responder = { request in
            guard request.toolResults.isEmpty else { return .text("made: \(request.toolResults.joined())") }
            let input: JSONValue = ["subject": .string(request.lastText ?? ""), "idempotency_key": "k"]
            return .toolUse([("t", "taiga_create_user_story", input)])
        }
        try await TaigaServer.serving { taiga in
            taiga.cutEveryWrite(10)
            let tokens = taiga.signIn(738_718)
            try await ModelServer.serving(responder) { model in
                try await Fleet.with(workers: 3, model.settings(["TAIGA_URL": taiga.url])) { fleet in
                    try await Phone.using { web in
                        let made = try await withThrowingTaskGroup(of: Int.self) { group in
                            for lane in 0..<10 {
                                group.addTask {
                                    var made = 0
                                    for number in stride(from: lane, to: runs, by: 10) {
                                        let phone = Phone(
                                            web: web,
                                            url: fleet.url,
                                            session: "lane-\(lane)",
                                            tokens: tokens
                                        )
                                        let answer = try await phone.say("Story \(number)", key: "k\(number)")
                                        made += answer.json["created_artifacts"]?.arrayValue?.count ?? 0
                                    }
                                    return made
                                }
                            }
                            return try await group.reduce(0, +)
                        }
                        let subjects = taiga.world.stories.map(\.subject)
                        let doubled = subjects.count - Set(subjects).count
                        print(
                            "\(runs) runs, every tenth write cut: \(made) reported, \(subjects.count) made, \(doubled) doubled"
                        )
                        #expect(Set(subjects) == Set((0..<runs).map { "Story \($0)" }))
                        #expect(doubled == 0 && made == runs)
                        let shown = model.requests.count { request in
                            let body = String(decoding: request.body, as: UTF8.self)
                            return tokens.texts.contains { body.contains($0) }
                        }
                        let files = try fleet.files(holding: tokens.texts)
                        print("tokens found: \(shown) model requests, \(files.count) files of Redis and logs")
                        #expect(shown == 0 && files == [])
                    }
                }
            }
        }
    }

    /// A worker is killed before, behind and between the writes of a run of five; the retry comes to another worker.
    @Test func aKilledWorkersWritesAreNotDoneTwice() async throws {
        let cases = (1...5).flatMap { write in Killing.Moment.allCases.map { Killing(write: write, moment: $0) } }
        let never = EventCount()
        let reached = Mutex<[Killing: EventCount]>(Dictionary(uniqueKeysWithValues: cases.map { ($0, EventCount()) }))
        let tripped = Mutex(Set<Killing>())
        // Whether this is the first time that a case is where its worker dies.
        let trips: @Sendable (Killing?, Killing.Moment, Int) -> Bool = { killing, moment, write in
            guard let killing, killing.moment == moment, killing.write == write,
                tripped.withLock({ $0.insert(killing).inserted })
            else { return false }
            reached.withLock { $0[killing] }?.add()
            return true
        }
        let responder: ModelServer.Responder = { request in
            let killing = Killing(prompt: request.firstText)
            let made = request.successes
            guard made < 5 else { return .text("Made five.") }
            let input: JSONValue = [
                "subject": .string("\(request.firstText) number \(made + 1)"),
                "idempotency_key": .string("k\(request.messages.count)"),
            ]
            let answer = ModelServer.Answer.toolUse([("t\(request.messages.count)", "taiga_create_user_story", input)])
            return trips(killing, .model, made + 1) ? answer.delivered { $0.hold = never } : answer
        }
        try await TaigaServer.serving { taiga in
            taiga.fail { request in
                guard request.method == "POST", let subject = request.json?["subject"]?.stringValue,
                    let number = subject.last?.wholeNumberValue
                else { return nil }
                let killing = Killing(prompt: subject)
                if trips(killing, .before, number) { return .holdBefore(never) }
                return trips(killing, .behind, number) ? .holdAfter(never) : nil
            }
            let tokens = taiga.signIn(738_718)
            try await ModelServer.serving(responder) { model in
                try await RedisServer.with { redis in
                    // Many workers start at once: how long Redis takes then is not what is tried here.
                    let settings = model.settings([
                        "TAIGA_URL": taiga.url, "REDIS_URL": redis.url, "REDIS_COMMAND_TIMEOUT_MS": "5000",
                    ])
                    try await ParleyWorker.with(settings) { survivor in
                        try await Phone.using { web in
                            try await withThrowingTaskGroup(of: Void.self) { group in
                                for killing in cases {
                                    let event = reached.withLock { $0[killing] } ?? never
                                    group.addTask {
                                        try await ParleyWorker.with(settings) { victim in
                                            let phone = Phone(
                                                web: web,
                                                url: victim.url,
                                                session: killing.session,
                                                tokens: tokens
                                            )
                                            try await Self.kill(victim, in: killing, of: phone, at: event)
                                        }
                                        let phone = Phone(
                                            web: web,
                                            url: survivor.url,
                                            session: killing.session,
                                            tokens: tokens
                                        )
                                        let retried = try await phone.say(killing.prompt, key: "k")
                                        #expect(retried.summary == "Made five.", "\(killing): \(retried.json)")
                                        let created = retried.json["created_artifacts"]?.arrayValue?.count
                                        #expect(created == 5, "\(killing)")
                                    }
                                }
                                try await group.waitForAll()
                            }
                        }
                    }
                }
            }
            let subjects = taiga.world.stories.map(\.subject)
            print(
                "workers killed at \(cases.count) moments of a run: \(subjects.count) stories, \(Set(subjects).count) different"
            )
            #expect(subjects.count == cases.count * 5 && Set(subjects).count == cases.count * 5)
            // What was held back is answered now, to nobody.
            never.add()
        }
    }

    /// Has `victim` run until `event`, and kills it there.
    private static func kill(
        _ victim: ParleyWorker,
        in killing: Killing,
        of phone: Phone,
        at event: EventCount
    ) async throws {
        try await withThrowingTaskGroup(of: Phone.Answer?.self) { race in
            race.addTask { try? await phone.say(killing.prompt, key: "k") }
            race.addTask {
                await event.wait()
                return nil
            }
            // A run that is refused never comes to the event.
            let early = try await race.next() ?? nil
            victim.process.signal(SIGKILL)
            race.cancelAll()
            try #require(event.count > 0, "\(killing): \(early?.json ?? .null)")
        }
    }
}

/// Where in a run of five writes a worker dies.
private struct Killing: Hashable, Sendable {
    enum Moment: String, CaseIterable, Sendable {
        /// While the model thinks of the write.
        case model
        /// The write has left the worker, and is not done.
        case before
        /// The write is done, and the worker does not know.
        case behind
    }

    var write: Int
    var moment: Moment

    var session: String { "case-\(write)-\(moment.rawValue)" }
    var prompt: String { "Five at \(write) \(moment.rawValue)" }
}

extension Killing {
    /// The case that a prompt, or a subject that begins with it, belongs to.
    init?(prompt: String) {
        let words = prompt.split(separator: " ")
        guard words.count >= 4, let write = Int(words[2]), let moment = Moment(rawValue: String(words[3])) else {
            return nil
        }
        self.init(write: write, moment: moment)
    }
}

extension Credentials {
    fileprivate var texts: [String] { [authToken.reveal(), refresh.reveal()] }
}

extension JSONValue {
    /// A `user_context`.
    fileprivate static func user(_ id: Int) -> JSONValue {
        ["id": .int(id), "username": "u", "email": "u@example.org", "roles": ["Back"]]
    }
}

extension ModelServer.Request {
    /// The first words of the conversation.
    fileprivate var firstText: String {
        let content = messages.first?["content"]
        return content?.stringValue ?? content?.arrayValue?.first?["text"]?.stringValue ?? ""
    }

    /// How many calls of the conversation went well.
    fileprivate var successes: Int {
        var count = 0
        for message in messages {
            for block in message["content"]?.arrayValue ?? [] where block["type"] == "tool_result" {
                if block["is_error"] != true { count += 1 }
            }
        }
        return count
    }
}
