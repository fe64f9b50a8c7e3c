import Redis

/// What `RedisOutbox` does, each one script. Entries are left by the scripts that commit and clear.
struct OutboxScripts: Sendable {
    let take = Self.script(PackageResources.outbox_take_lua)
    let finish = Self.script(PackageResources.outbox_finish_lua)
    let purge = Self.script(PackageResources.outbox_purge_lua)
    let status = RedisScript(PackageResources.outbox_status_lua)

    private static func script(_ text: [UInt8]) -> RedisScript {
        RedisScript(text, sharing: PackageResources.shared_outbox_lua)
    }
}
