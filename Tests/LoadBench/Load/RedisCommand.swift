/// Redis commands as they stand on the wire.
enum RedisCommand {
    static func encode(_ arguments: [[UInt8]]) -> [UInt8] {
        var bytes = Array("*\(arguments.count)\r\n".utf8)
        for argument in arguments {
            bytes += Array("$\(argument.count)\r\n".utf8) + argument + [13, 10]
        }
        return bytes
    }

    static func get(_ key: String) -> [UInt8] { encode([Array("GET".utf8), Array(key.utf8)]) }

    static func delete(_ key: String) -> [UInt8] { encode([Array("DEL".utf8), Array(key.utf8)]) }

    /// Lives half an hour, as sessions do.
    static func setex(_ key: String, _ value: [UInt8]) -> [UInt8] {
        encode([Array("SETEX".utf8), Array(key.utf8), Array("1800".utf8), value])
    }

    static func info(_ section: String) -> [UInt8] { encode([Array("INFO".utf8), Array(section.utf8)]) }
}
