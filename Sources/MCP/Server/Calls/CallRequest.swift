import Agent

/// What a `tools/call` says beside the tool and its arguments.
struct CallRequest: Sendable {
    let invocation: ToolInvocation
    /// The caller's own name for the call; under one a write is done once.
    let key: String?
    /// The call is not to be done, only looked for.
    let isLookOnly: Bool

    /// How far ahead a caller's clock may be, in milliseconds.
    private static let clocksApart = 86_400_000

    /// - Parameter now: milliseconds since 1970, UTC.
    init(name: String, arguments: [String: JSONValue], meta: [String: JSONValue], now: Int) {
        key = meta[MetaKey.idempotencyKey]?.stringValue.flatMap { (1...256).contains($0.utf8.count) ? $0 : nil }
        isLookOnly = meta[MetaKey.lookOnly] == true
        let id = key ?? "mcp-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        invocation = ToolInvocation(
            ToolCall(id: id, name: name, input: JSONValue.object(arguments).encoded()),
            key: id,
            // Whatever number the caller sends, others reckon with it.
            startedAt: meta[MetaKey.startedAt]?.intValue.map { min(max($0, 0), now + Self.clocksApart) } ?? now,
            known: meta[MetaKey.knownArtifacts]?.arrayValue?.compactMap(CreatedArtifact.init) ?? []
        )
    }

    /// The same call under the key that nobody else can use, whatever keys they make up.
    func owned(by owner: Principal, startedAt: Int? = nil) -> ToolInvocation {
        ToolInvocation(
            invocation.call,
            key: "\(owner.text) \(invocation.key)",
            startedAt: startedAt ?? invocation.startedAt,
            known: invocation.known
        )
    }

    /// What must be the same where the key is.
    func fingerprint(in context: RunContext) -> [UInt8] {
        Array("\(context.projectID) \(invocation.call.name) ".utf8) + invocation.call.input
    }
}
