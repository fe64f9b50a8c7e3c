import Agent

/// What a server says about itself.
struct ServerIdentity: Sendable, Equatable {
    var name: String
    var version: String
    var instructions: String

    /// An `Implementation`.
    private var implementation: JSONValue {
        ["name": .string(name), "title": "Parley", "version": .string(version)]
    }

    private var common: [String: JSONValue] {
        ["capabilities": ["tools": [:]], "instructions": .string(instructions)]
    }

    /// The answer to a legacy `initialize`.
    func initialization(_ version: ProtocolVersion) -> [String: JSONValue] {
        var result = common
        result["protocolVersion"] = .string(version.rawValue)
        result["serverInfo"] = implementation
        return result
    }

    /// The answer to a modern `server/discover`: the same for everyone, for an hour.
    var discovery: [String: JSONValue] {
        var result = common
        result["supportedVersions"] = .array(ProtocolVersion.modern.map { .string($0.rawValue) })
        result["ttlMs"] = 3_600_000
        result["cacheScope"] = "public"
        return complete(result, .modern)
    }

    /// `result` with what an era adds to every result.
    func complete(_ result: [String: JSONValue], _ era: ProtocolVersion.Era) -> [String: JSONValue] {
        guard era == .modern else { return result }
        var result = result
        result[ResultType.key] = "complete"
        var meta = result["_meta"]?.objectValue ?? [:]
        meta[MetaKey.serverInfo] = implementation
        result["_meta"] = .object(meta)
        return result
    }
}
