import Agent
import TestSupport
import Testing

@testable import MCP

/// What a server makes of messages, as transcripts.
@Suite struct ServerSessionTests {
    private let identity = ServerIdentity(name: "parley", version: "1", instructions: "Be kind.")
    private let modern: JSONValue = [
        MetaKey.protocolVersion: "2026-07-28", MetaKey.clientCapabilities: [:], MetaKey.clientInfo: ["name": "t"],
    ]

    private func session(_ version: ProtocolVersion? = nil) -> ServerSession {
        var session = ServerSession(identity: identity, maxRunning: 2)
        if let version {
            let params: [String: JSONValue] = ["protocolVersion": .string(version.rawValue)]
            _ = session.received(.request(id: .int(0), method: Method.initialize, params: params))
        }
        return session
    }

    private func code(_ action: ServerSession.Action) -> Int? {
        if case .reply(.error(_, let error)) = action { error.code } else { nil }
    }

    private func result(_ action: ServerSession.Action) -> [String: JSONValue]? {
        if case .reply(.result(_, let result)) = action { result } else { nil }
    }

    // MARK: Legacy

    @Test(arguments: [
        ("2024-11-05", "2024-11-05"), ("2025-03-26", "2025-03-26"), ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"), ("2026-07-28", "2025-11-25"), ("1999-01-01", "2025-11-25"), ("", "2025-11-25"),
    ])
    func initializeSettlesOnAVersion(requested: String, agreed: String) {
        var session = session()
        let action = session.received(
            .request(id: .int(1), method: Method.initialize, params: ["protocolVersion": .string(requested)])
        )
        #expect(result(action)?["protocolVersion"] == .string(agreed))
        #expect(result(action)?["serverInfo"]?["name"] == "parley")
        #expect(session.version?.rawValue == agreed)
        #expect(session.takesBatches == (agreed == "2025-03-26"))
        #expect(session.received(.notification(method: Method.initialized, params: [:])) == .nothing)
    }

    @Test func theHandshakeComesFirst() {
        var session = session()
        #expect(code(session.received(.request(id: .int(1), method: Method.listTools, params: [:]))) == -32600)
        #expect(result(session.received(.request(id: .int(2), method: Method.ping, params: [:]))) == [:])
        #expect(code(session.received(.request(id: .int(3), method: Method.initialize, params: [:]))) == -32602)
        #expect(session.version == nil)
    }

    @Test func callsStartAndCanBeCancelledOnce() throws {
        var session = session(.november2025)
        let params: [String: JSONValue] = ["name": "look", "arguments": ["a": 1], "_meta": ["progressToken": "p"]]
        let action = session.received(.request(id: .string("a"), method: Method.callTool, params: params))
        guard case .start(let job) = action else {
            Issue.record("not started: \(action)")
            return
        }
        #expect(job.work == .callTool(name: "look", arguments: ["a": 1]))
        #expect(job.progressToken == "p")
        #expect(job.era == .legacy)

        let cancel = JSONRPCMessage.notification(method: Method.cancelled, params: ["requestId": "a"])
        #expect(session.received(cancel) == .cancel(ticket: job.ticket))
        #expect(session.received(cancel) == .nothing)
        // The id is free again; the late end of the first call is no answer to the second.
        guard
            case .start(let second) = session.received(.request(id: .string("a"), method: "tools/call", params: params))
        else {
            Issue.record("the id is still taken")
            return
        }
        let firstIsWanted = session.finished(job)
        let secondIsWanted = session.finished(second)
        #expect(!firstIsWanted)
        #expect(secondIsWanted)
        #expect(!session.isBusy)
    }

    @Test func whatIsWrongWithARequestIsSaid() {
        var session = session(.june2025)
        let wrong: [(String, [String: JSONValue], Int)] = [
            ("tools/call", [:], -32602), ("tools/call", ["name": ""], -32602), ("tools/call", ["name": 3], -32602),
            ("tools/call", ["name": "look", "arguments": []], -32602), ("tools/list", ["cursor": 3], -32602),
            ("resources/list", [:], -32601), ("prompts/list", [:], -32601), ("logging/setLevel", [:], -32601),
            ("server/discover", [:], -32601), ("nonsense", [:], -32601),
        ]
        for (method, params, expected) in wrong {
            let action = session.received(.request(id: .int(9), method: method, params: params))
            #expect(code(action) == expected, "\(method) \(params)")
        }
        #expect(!session.isBusy)
    }

    @Test func anIdInUseAndTooManyRequestsAreRefused() {
        var session = session(.november2025)
        let call: (Int) -> JSONRPCMessage = {
            .request(id: .int($0), method: Method.callTool, params: ["name": "look"])
        }
        guard case .start = session.received(call(1)) else { return #expect(Bool(false)) }
        #expect(code(session.received(call(1))) == -32600)
        guard case .start = session.received(call(2)) else { return #expect(Bool(false)) }
        #expect(code(session.received(call(3))) == -32603)
    }

    @Test func answersAndStrangeNotificationsAreIgnored() {
        var session = session(.november2025)
        let messages: [JSONRPCMessage] = [
            .result(id: .int(1), result: [:]), .error(id: nil, error: JSONRPCError(code: 1, message: "")),
            .notification(method: "notifications/roots/list_changed", params: [:]),
            .notification(method: Method.cancelled, params: [:]),
            .notification(method: Method.cancelled, params: ["requestId": 77]),
            .notification(method: Method.cancelled, params: ["requestId": [:]]),
        ]
        for message in messages { #expect(session.received(message) == .nothing) }
    }

    // MARK: Modern

    @Test func discoverTellsWhatIsServed() {
        var session = session()
        let action = session.received(.request(id: .int(1), method: Method.discover, params: ["_meta": modern]))
        #expect(result(action)?["supportedVersions"] == ["2026-07-28"])
        #expect(result(action)?["resultType"] == "complete")
        #expect(result(action)?["_meta"]?[MetaKey.serverInfo]?["name"] == "parley")
    }

    @Test func aModernRequestStandsForItself() {
        var session = session()
        let params: [String: JSONValue] = ["name": "look", "_meta": modern]
        guard case .start(let job) = session.received(.request(id: .int(1), method: "tools/call", params: params))
        else {
            return #expect(Bool(false))
        }
        #expect(job.era == .modern)
        #expect(code(session.received(.request(id: .int(2), method: "ping", params: ["_meta": modern]))) == -32601)
        #expect(
            code(session.received(.request(id: .int(3), method: "initialize", params: ["_meta": modern]))) == -32601
        )
    }

    @Test func aModernRequestMustSayWhatItIs() {
        var session = session()
        #expect(code(session.received(.request(id: .int(1), method: Method.discover, params: [:]))) == -32602)
        let bare: [String: JSONValue] = ["_meta": [MetaKey.protocolVersion: "2026-07-28"]]
        #expect(code(session.received(.request(id: .int(2), method: Method.listTools, params: bare))) == -32602)
        #expect(
            code(session.received(.request(id: .int(3), method: Method.listTools, params: [:]), isModern: true))
                == -32602
        )
        for version in ["2099-01-01", "2025-11-25"] {
            let meta: JSONValue = [MetaKey.protocolVersion: .string(version), MetaKey.clientCapabilities: [:]]
            let action = session.received(.request(id: .int(4), method: Method.listTools, params: ["_meta": meta]))
            guard case .reply(.error(_, let error)) = action else { return #expect(Bool(false)) }
            #expect(error.code == -32022)
            #expect(error.data?["requested"] == .string(version))
            #expect(error.data?["supported"]?.arrayValue?.first == "2026-07-28")
        }
    }

    @Test func bothErasShareAConnection() {
        var session = session()
        _ = session.received(.request(id: .int(1), method: Method.discover, params: ["_meta": modern]))
        let params: [String: JSONValue] = ["protocolVersion": "2025-06-18"]
        let action = session.received(.request(id: .int(2), method: Method.initialize, params: params))
        #expect(result(action)?["protocolVersion"] == "2025-06-18")
    }

    // MARK: Garbage

    @Test func mutatedMessagesAreAnsweredOrIgnored() throws {
        var dice = Dice(state: 7)
        let seeds: [JSONValue] = [
            .rpc(1, "initialize", ["protocolVersion": "2025-03-26"]), .call(2, "look", ["a": 1], meta: modern),
            .rpc(3, "tools/list", ["_meta": modern, "cursor": "a"]), [.rpc(4, "ping"), .rpc(nil, Method.cancelled)],
            .rpc(nil, Method.cancelled, ["requestId": 2]), ["jsonrpc": "2.0", "id": 1, "result": [:]],
        ]
        let bytes = seeds.map { $0.encoded() }
        var answered = 0
        var session = session()
        for round in 0..<20_000 {
            var text = bytes[round % bytes.count]
            for _ in 0..<dice.roll(4) {
                let place = dice.index(text.count)
                switch dice.index(3) {
                case 0: text[place] = UInt8(0x1F + dice.roll(0x5F))
                case 1: if text.count > 1 { text.remove(at: place) }
                default: text.insert(contentsOf: text[place..<min(place + 8, text.count)], at: place)
                }
            }
            guard let incoming = try? IncomingMessages(parsing: text, maxBytes: 1000) else { continue }
            var messages: [JSONRPCMessage] = []
            switch incoming {
            case .one(let message): messages = [message]
            case .batch(let batch): messages = batch.compactMap { try? $0.get() }
            }
            for message in messages {
                switch session.received(message) {
                case .reply(let reply):
                    #expect(reply.isAnswer)
                    answered += 1
                case .start(let job):
                    answered += 1
                    if dice.roll(2) == 1 {
                        let isWanted = session.finished(job)
                        #expect(isWanted)
                    }
                case .nothing, .cancel: break
                }
            }
            if round % 100 == 0 { session = self.session(.march2025) }
        }
        #expect(answered > 1000)
    }
}
