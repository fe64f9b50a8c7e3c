import Redis

/// The operations of `RedisSessionStore`, each one script, so that each happens whole and in one round trip.
struct SessionScripts {
    /// Reads as `load` does, but counts as a writer: Redis refuses it whenever it would refuse the commit.
    let begin = RedisScript(Array("#!lua".utf8) + PackageResources.load_lua.drop { $0 != UInt8(ascii: "\n") })
    let load = RedisScript(PackageResources.load_lua)
    let commit = RedisScript(PackageResources.commit_lua)
    let clear = RedisScript(PackageResources.clear_lua)
    let sweep = RedisScript(PackageResources.sweep_lua)
    let check = RedisScript(PackageResources.check_lua)
}
