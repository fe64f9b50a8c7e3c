/// A command and its arguments, any bytes.
package struct RedisCommand: Sendable, Equatable {
    /// All arguments, one behind the other, and where each ends: many small arrays would each be allocated.
    private(set) var bytes: [UInt8] = []
    private(set) var ends: [Int] = []

    /// `RedisCommand("SETEX", key, 1800, history)`; the first argument is the command's name.
    package init(_ name: String, _ arguments: any RedisArgument...) {
        self.init(name, arguments)
    }

    package init(_ name: String, _ arguments: [any RedisArgument]) {
        append(name)
        for argument in arguments { append(argument) }
    }

    /// All arguments as bytes, the name first; there must be at least one.
    package init(_ arguments: [[UInt8]]) {
        precondition(!arguments.isEmpty, "a command has a name")
        for argument in arguments { append(argument) }
    }

    /// Adds one more argument.
    mutating func append(_ argument: some RedisArgument) {
        argument.append(to: &bytes)
        ends.append(bytes.count)
    }

    /// Room for what is to be added.
    mutating func reserve(arguments: Int, bytes count: Int) {
        ends.reserveCapacity(ends.count + arguments)
        bytes.reserveCapacity(bytes.count + count)
    }
}

/// What can be an argument of a command.
package protocol RedisArgument: Sendable {
    /// Appends the bytes that Redis gets.
    func append(to bytes: inout [UInt8])
    /// About how many these are; too few costs time, nothing else.
    var redisSize: Int { get }
}

extension RedisArgument {
    /// The bytes that Redis gets.
    package var redisBytes: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }
}

extension String: RedisArgument {
    package func append(to bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }
    package var redisSize: Int { utf8.count }
}

extension Int: RedisArgument {
    package func append(to bytes: inout [UInt8]) { bytes.append(contentsOf: String(self).utf8) }
    package var redisSize: Int { 20 }
}

extension [UInt8]: RedisArgument {
    package func append(to bytes: inout [UInt8]) { bytes.append(contentsOf: self) }
    package var redisSize: Int { count }
}
