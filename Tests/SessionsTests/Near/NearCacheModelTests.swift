import Agent
import Redis
import TestSupport
import Testing

@testable import Sessions

/// Two workers with near caches, another program and clears, in any order: what is stored is always what it would be if
/// nobody kept anything.
@Suite(.serialized, .timeLimit(.minutes(2))) struct NearCacheModelTests {
    @Test(arguments: 1...6) func whatIsStoredIsWhatAModelWithoutCachesHas(_ seed: Int) async throws {
        try await withRedisStage { stage in
            let before = try await stage.calls()
            var course = try Course(stage: stage, seed: seed)
            for _ in 0..<60 { try await course.step() }
            let calls = try await stage.calls().minus(before)
            print(
                "seed \(seed): \(course.turns) turns, \(course.foreignWrites) foreign writes, \(course.clears) clears;",
                "\(calls["setrange"] ?? 0) appends, \(calls["setex"] ?? 0) whole or foreign, \(course.hits) hits"
            )
            #expect(calls["setrange"] ?? 0 > 0 && course.hits > 0)
        }
    }
}

/// Steps at random, and what the sessions hold after each of them.
private struct Course {
    private let stage: RedisStage
    private let workers: [NearWorker]
    private var dice: Dice
    private var expected: [SessionID: String] = [:]
    private let sessions: [SessionID]
    private(set) var turns = 0
    private(set) var foreignWrites = 0
    private(set) var clears = 0

    var hits: Int { workers.reduce(0) { $0 + $1.store.hits } }

    init(stage: RedisStage, seed: Int) throws {
        self.stage = stage
        dice = Dice(state: UInt64(seed))
        sessions = try (0..<3).map { try freshSession("near-\($0)") }
        // One has room for everything, the other for a history or two.
        workers = [NearWorker(stage.stores[0], cacheBytes: 1 << 20), NearWorker(stage.stores[1], cacheBytes: 8000)]
    }

    mutating func step() async throws {
        let session = dice.pick(sessions)
        switch dice.roll(10) {
        case 1: try await write(foreign(session), to: session)
        case 2: try await clear(session)
        case 3: try await turn(in: session, meanwhile: foreign(session))
        case 4: try await turn(in: session, meanwhile: nil, isCleared: dice.roll(3) == 1)
        default: try await turn(in: session, meanwhile: nil)
        }
        let stored = try await stage.store.load(session, for: .anyone)
        #expect(stored.map { String(decoding: $0.history, as: UTF8.self) } == expected[session])
    }

    private mutating func turn(
        in session: SessionID,
        meanwhile foreign: String?,
        isCleared: Bool = false
    ) async throws {
        turns += 1
        let worker = dice.pick(workers)
        let timeToLive = dice.pick([600, 100, nil])
        worker.model.meanwhile { [stage] in
            if let foreign { try await stage.write(foreign, to: session, timeToLive) }
            if isCleared { _ = try await stage.store.clear(session, for: .anyone) }
        }
        if foreign != nil { foreignWrites += 1 }
        let answer = try? await worker.run("prompt \(turns)", in: session)
        if isCleared {
            clears += 1
            expected[session] = nil
        } else {
            #expect(answer == "re: prompt \(turns)")
            expected[session] = (foreign ?? expected[session] ?? "[]").with(turn: turns)
        }
    }

    private mutating func write(_ history: String, to session: SessionID) async throws {
        foreignWrites += 1
        try await stage.write(history, to: session, dice.pick([600, 100, nil]))
        expected[session] = history
    }

    private mutating func clear(_ session: SessionID) async throws {
        clears += 1
        _ = try await dice.pick(workers).near.clear(session, for: .anyone)
        expected[session] = nil
    }

    /// What another program might store: the same with other words, of the same length; something new, in its own style.
    private mutating func foreign(_ session: SessionID) -> String {
        if let known = expected[session], dice.roll(2) == 1 {
            return known.replacing("re: ", with: dice.pick(["RE: ", "Re: ", "ok: "]))
        }
        let pairs = (0..<dice.index(4)).map { number in
            #"{"role": "user", "content": "foreign \#(number)"}, {"role":"assistant","content":"aye"}"#
        }
        let (open, close) = dice.pick([("[", "]"), ("[ ", " ]"), ("\n[\n", "\n]\n"), ("[", "]   ")])
        return open + pairs.joined(separator: dice.pick([",", " , "])) + close
    }
}

extension String {
    /// The history with a turn behind it.
    fileprivate func with(turn: Int) -> String {
        let open = prefix(upTo: lastIndex(of: "]") ?? endIndex)
        let isEmpty = !open.contains("{")
        return open + (isEmpty ? "" : ",") + #"{"role":"user","content":"prompt \#(turn)"},"#
            + #"{"role":"assistant","content":[{"type":"text","text":"re: prompt \#(turn)"}]}]"#
    }
}

extension RedisStage {
    fileprivate func write(_ history: String, to session: SessionID, _ timeToLive: Int?) async throws {
        let key = SessionKeys(session).history
        let set = timeToLive.map { RedisCommand("SETEX", key, $0, history) }
        _ = try await store.client.send(set ?? RedisCommand("SET", key, history))
    }
}
