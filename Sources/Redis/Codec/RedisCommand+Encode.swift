import CHiredis
import NIOCore

extension RedisCommand {
    /// The command as RESP, formatted by hiredis into one allocation and copied once into the buffer that NIO writes.
    ///
    /// - Parameter limit: the largest encoding allowed, in bytes; hiredis counts in a C `int`, so at most 1 GiB.
    func encoded(limit: Int) throws(RedisError) -> ByteBuffer {
        // `$` + up to ten digits + two line ends: at most 15 bytes around each argument.
        let bound = bytes.count + 15 * (ends.count + 1)
        guard bound <= min(limit, 1 << 30) else {
            throw RedisError(.commandTooLarge, "a command of \(bound) bytes, more than the \(limit) allowed")
        }
        guard let buffer = formatted() else {
            throw RedisError(.commandTooLarge, "no memory for a command of \(bound) bytes")
        }
        return buffer
    }

    private func formatted() -> ByteBuffer? {
        bytes.withUnsafeBytes { bytes in
            var pointers: [UnsafePointer<CChar>?] = []
            var lengths: [Int] = []
            pointers.reserveCapacity(ends.count)
            lengths.reserveCapacity(ends.count)
            let base = bytes.assumingMemoryBound(to: CChar.self).baseAddress
            var start = 0
            for end in ends {
                pointers.append(base.map { $0 + start })
                lengths.append(end - start)
                start = end
            }
            var command: UnsafeMutablePointer<CChar>?
            let length = redisFormatCommandArgv(&command, Int32(lengths.count), &pointers, lengths)
            guard length > 0, let command else { return nil }
            defer { redisFreeCommand(command) }
            return ByteBuffer(bytes: UnsafeRawBufferPointer(start: command, count: Int(length)))
        }
    }
}
