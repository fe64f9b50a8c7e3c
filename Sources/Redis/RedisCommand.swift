/// A command and its arguments, any bytes.
package struct RedisCommand: Sendable, Equatable {
    package var arguments: [[UInt8]]

    /// `RedisCommand("SETEX", key, 1800, history)`; the first argument is the command's name.
    package init(_ name: String, _ arguments: any RedisArgument...) {
        self.init([Array(name.utf8)] + arguments.map(\.redisBytes))
    }

    /// All arguments as bytes, the name first; there must be at least one.
    package init(_ arguments: [[UInt8]]) {
        precondition(!arguments.isEmpty, "a command has a name")
        self.arguments = arguments
    }
}

/// What can be an argument of a command.
package protocol RedisArgument: Sendable {
    /// The bytes that Redis gets.
    var redisBytes: [UInt8] { get }
}

extension String: RedisArgument {
    package var redisBytes: [UInt8] { Array(utf8) }
}

extension Int: RedisArgument {
    package var redisBytes: [UInt8] { Array(String(self).utf8) }
}

extension [UInt8]: RedisArgument {
    package var redisBytes: [UInt8] { self }
}
