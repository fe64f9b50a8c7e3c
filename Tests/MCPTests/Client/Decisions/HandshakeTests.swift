import Agent
import Testing

@testable import MCP

/// How the era of a server is found out, as transcripts.
@Suite struct HandshakeTests {
    private let modern: Reply = .result(["supportedVersions": ["2026-07-28"]])
    private let legacy: Reply = .result(["protocolVersion": "2025-06-18"], session: "s")
    private let discover = Handshake.Step.discover(.july2026)
    private let initialize = Handshake.Step.initialize(.november2025)

    @Test func aModernServerIsAskedOnce() {
        var handshake = Handshake(memory: nil, isProgram: false)
        #expect(handshake.start() == discover)
        #expect(handshake.discovered(modern) == .agreed(Agreement(era: .modern, version: .july2026)))
        #expect(handshake.memory == .modern)
    }

    @Test func changesAreToldWhenTheServerSaysSo() {
        var handshake = Handshake(memory: nil, isProgram: false)
        _ = handshake.start()
        let reply = Reply.result([
            "supportedVersions": ["2026-07-28"], "capabilities": ["tools": ["listChanged": true]],
        ])
        #expect(handshake.discovered(reply) == .agreed(Agreement(era: .modern, version: .july2026, tellsChanges: true)))
    }

    @Test(arguments: [
        Reply.status(400), .status(404), .status(405), .status(500),
        .refused(JSONRPCError(.invalidRequest, ""), status: 400),
        .refused(JSONRPCError(.methodNotFound, "")), .result([:]), .result(["supportedVersions": ["2025-11-25"]]),
        .failed(MCPError(.malformed, "")),
        .refused(JSONRPCError(.unsupportedProtocolVersion, "", data: ["supported": ["2025-11-25"]]), status: 400),
    ])
    func anOldServerIsAskedInTheOldWay(reply: Reply) {
        var handshake = Handshake(memory: nil, isProgram: false)
        #expect(handshake.start() == discover)
        #expect(handshake.discovered(reply) == initialize)
        #expect(handshake.initialized(legacy) == .agreed(Agreement(era: .legacy, version: .june2025, session: "s")))
        #expect(handshake.memory == .legacy)
    }

    @Test(arguments: [
        (
            Reply.refused(JSONRPCError(.unsupportedProtocolVersion, "", data: ["supported": ["2027-01-01"]])),
            MCPError.Code.incompatible
        ),
        (.refused(JSONRPCError(.headerMismatch, ""), status: 400), .refused), (.status(401), .unauthorized),
        (.status(503), .unreachable), (.status(302), .unreachable), (.failed(MCPError(.timeout, "")), .timeout),
        (.failed(MCPError(.unreachable, "")), .unreachable), (.failed(MCPError(.cancelled, "")), .cancelled),
    ])
    func troubleSaysNothingAboutTheEra(reply: Reply, code: MCPError.Code) {
        var handshake = Handshake(memory: nil, isProgram: false)
        _ = handshake.start()
        guard case .failed(let found, _) = handshake.discovered(reply) else {
            Issue.record("it went on")
            return
        }
        #expect(found == code)
        #expect(handshake.memory == nil)
    }

    @Test func whatIsRememberedComesFirst() {
        var handshake = Handshake(memory: .legacy, isProgram: false)
        #expect(handshake.start() == initialize)
        // The server was replaced by a modern one.
        #expect(handshake.initialized(.refused(JSONRPCError(.unsupportedProtocolVersion, ""), status: 400)) == discover)
        #expect(handshake.discovered(modern) == .agreed(Agreement(era: .modern, version: .july2026)))
    }

    @Test func eachWayIsTriedOnce() {
        var handshake = Handshake(memory: nil, isProgram: false)
        _ = handshake.start()
        #expect(handshake.discovered(.status(404)) == initialize)
        #expect(handshake.initialized(.status(405)) == .failed(.refused, "it refused the request"))
    }

    @Test func anotherRevisionIsNotSpoken() {
        var handshake = Handshake(memory: .legacy, isProgram: false)
        _ = handshake.start()
        let reply = Reply.result(["protocolVersion": "1999-01-01"])
        #expect(handshake.initialized(reply) == .failed(.incompatible, "it speaks another revision"))
    }

    @Test func aSilentProgramIsAskedInTheOldWay() {
        var handshake = Handshake(memory: nil, isProgram: true)
        _ = handshake.start()
        #expect(handshake.discovered(.failed(MCPError(.timeout, ""))) == initialize)
    }

    @Test func aModernProgramThatIsSlowToStartIsAskedAgain() {
        var handshake = Handshake(memory: nil, isProgram: true)
        _ = handshake.start()
        #expect(handshake.discovered(.failed(MCPError(.timeout, ""))) == initialize)
        #expect(handshake.initialized(.refused(JSONRPCError(.unsupportedProtocolVersion, ""))) == discover)
        var slower = handshake
        #expect(handshake.discovered(modern) == .agreed(Agreement(era: .modern, version: .july2026)))
        #expect(slower.discovered(.failed(MCPError(.timeout, ""))) == .failed(.timeout, "it does not answer"))
    }

    @Test func aProgramThatEndsIsAskedInTheOtherWayNextTime() {
        var handshake = Handshake(memory: nil, isProgram: true)
        _ = handshake.start()
        #expect(handshake.discovered(.failed(MCPError(.closed, ""))) == .failed(.closed, "the program ended"))
        var next = Handshake(memory: handshake.memory, isProgram: true)
        #expect(next.start() == initialize)
    }
}

/// What replies mean to requests.
@Suite struct ReplyVerdictTests {
    private let session = Agreement(era: .legacy, version: .november2025, session: "s")
    private let modern = Agreement(era: .modern, version: .july2026)

    private func renews(_ reply: Reply, _ agreement: Agreement, renewed: Bool = false) -> Bool {
        if case .renew = ReplyVerdict(reply, under: agreement, renewed: renewed) { true } else { false }
    }

    @Test func aLostSessionIsRenewedOnce() {
        #expect(renews(.status(404), session))
        #expect(renews(.refused(JSONRPCError(code: -32600, message: ""), status: 404), session))
        #expect(renews(.refused(JSONRPCError(code: -32000, message: ""), status: 400), session))
        #expect(!renews(.status(404), session, renewed: true))
        #expect(!renews(.status(500), session))
        #expect(!renews(.refused(JSONRPCError(.invalidParams, ""), status: 400), session))
    }

    @Test func anotherEraIsNoticed() {
        #expect(renews(.status(400), modern))
        #expect(renews(.refused(JSONRPCError(.unsupportedProtocolVersion, ""), status: 400), modern))
        #expect(renews(.refused(JSONRPCError(.unsupportedProtocolVersion, ""), status: 400), session))
        #expect(!renews(.refused(JSONRPCError(.invalidParams, ""), status: 400), modern))
        #expect(!renews(.refused(JSONRPCError(.methodNotFound, ""), status: 404), modern))
    }

    @Test func onlySomeFailuresLeaveOpenWhatWasDone() {
        let certain: [Reply] = [
            .status(401), .status(404), .status(429), .status(302), .refused(JSONRPCError(.invalidParams, "")),
            .refused(JSONRPCError(.methodNotFound, "")), .refused(JSONRPCError(.headerMismatch, "")),
        ]
        for reply in certain { #expect(reply.failure.leavesNothingDone) }
        let open: [Reply] = [
            .status(500), .status(502), .status(503), .refused(JSONRPCError(code: -32000, message: "")),
            .failed(MCPError(.timeout, "")), .refused(JSONRPCError(.internalError, "")),
        ]
        for reply in open { #expect(!reply.failure.leavesNothingDone) }
    }
}
