import CHiredis
import NIOCore

extension RedisCommand {
    /// The command as RESP, formatted by hiredis into one allocation and copied once into the buffer that NIO writes.
    ///
    /// - Parameter limit: the largest encoding allowed, in bytes; hiredis counts in a C `int`, so at most 1 GiB.
    func encoded(limit: Int) throws(RedisError) -> ByteBuffer {
        // `$` + up to ten digits + two line ends: at most 15 bytes around each argument.
        let bound = arguments.reduce(15) { $0 + $1.count + 15 }
        guard bound <= min(limit, 1 << 30) else {
            throw RedisError(.commandTooLarge, "a command of \(bound) bytes, more than the \(limit) allowed")
        }
        var pointers: [UnsafePointer<CChar>?] = []
        pointers.reserveCapacity(arguments.count)
        guard let buffer = Self.format(arguments[...], &pointers, lengths: arguments.map(\.count)) else {
            throw RedisError(.commandTooLarge, "no memory for a command of \(bound) bytes")
        }
        return buffer
    }

    /// Collects the address of one argument after the other; all of them are only valid in the innermost call.
    private static func format(
        _ rest: ArraySlice<[UInt8]>,
        _ pointers: inout [UnsafePointer<CChar>?],
        lengths: [Int]
    ) -> ByteBuffer? {
        if let argument = rest.first {
            return argument.withUnsafeBytes { bytes in
                pointers.append(bytes.bindMemory(to: CChar.self).baseAddress)
                return format(rest.dropFirst(), &pointers, lengths: lengths)
            }
        }
        var command: UnsafeMutablePointer<CChar>?
        let length = redisFormatCommandArgv(&command, Int32(lengths.count), &pointers, lengths)
        guard length > 0, let command else { return nil }
        defer { redisFreeCommand(command) }
        return ByteBuffer(bytes: UnsafeRawBufferPointer(start: command, count: Int(length)))
    }
}
