import Redis

/// The operations of `RedisSessionStore`, each one script, so that each happens whole and in one round trip.
struct SessionScripts: Sendable {
    let begin = Self.script(PackageResources.begin_lua)
    let answer = Self.script(PackageResources.answer_lua)
    let append = Self.script(PackageResources.append_lua)
    let renew = Self.script(PackageResources.renew_lua)
    let commit = Self.archivingScript(PackageResources.commit_lua)
    let abandon = Self.script(PackageResources.abandon_lua)
    let load = Self.script(PackageResources.load_lua)
    let clear = Self.archivingScript(PackageResources.clear_lua)
    let describe = Self.script(PackageResources.describe_lua)
    let sweep = Self.script(PackageResources.sweep_lua)
    let check = Self.script(PackageResources.check_lua)

    let singleBegin = Self.script(PackageResources.single_begin_lua)
    let singleAppend = Self.script(PackageResources.single_append_lua)
    let singleRenew = Self.script(PackageResources.single_renew_lua)
    let singleCommit = Self.script(PackageResources.single_commit_lua)
    let singleAbandon = Self.script(PackageResources.single_abandon_lua)

    private static func script(_ text: [UInt8]) -> RedisScript {
        RedisScript(text, sharing: shared)
    }

    /// For those that leave something in the outbox.
    private static func archivingScript(_ text: [UInt8]) -> RedisScript {
        RedisScript(text, sharing: shared + PackageResources.shared_outbox_lua)
    }

    private static let shared = PackageResources.shared_lua + PackageResources.shared_turns_lua
}

extension RedisScript {
    /// The functions that scripts share go behind the first line, which tells Redis how to treat the script.
    init(_ text: [UInt8], sharing functions: [UInt8]) {
        let lineEnd = text.firstIndex(of: UInt8(ascii: "\n")) ?? text.startIndex
        self.init(text[...lineEnd] + functions + text[(lineEnd + 1)...])
    }
}
