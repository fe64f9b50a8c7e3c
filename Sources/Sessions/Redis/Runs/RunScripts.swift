import Redis

/// What `RedisSessionStore` does with runs, each one script.
struct RunScripts: Sendable {
    let record = Self.script(PackageResources.run_record_lua)
    let read = Self.script(PackageResources.run_read_lua)
    let events = Self.script(PackageResources.run_events_lua)
    let cancel = Self.script(PackageResources.run_cancel_lua)
    let forget = Self.script(PackageResources.run_forget_lua)

    private static func script(_ text: [UInt8]) -> RedisScript {
        RedisScript(text, sharing: PackageResources.shared_lua + PackageResources.shared_runs_lua)
    }
}
