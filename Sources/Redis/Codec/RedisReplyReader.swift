import CHiredis
import NIOCore

/// hiredis' reader of RESP2: bytes in, `RedisReply` values out. Does no I/O.
///
/// hiredis walks the bytes and calls back for each item; the callbacks put Swift values together in a
/// `RedisReplyBuilder` and hand hiredis nothing but a token, so a string is copied once and no object of hiredis exists.
/// Sizes are refused where they are announced: an array before its table is allocated (hiredis 0.14.1 itself would
/// allocate 16 GiB for `*2147483647`), a string when its `$` line is there and its bytes are not. What hiredis buffers
/// is so bounded by the reply limit.
///
/// Not thread-safe: it belongs to one connection. After an error it must not be used again.
final class RedisReplyReader {
    /// The longest line: a status, an error, a number. Redis itself ends an error after a few hundred bytes.
    private static let lineLimit = 64 * 1024
    /// `$` or `*` is read; sign and digits of a 64-bit number and the line end follow.
    private static let headerLimit = 22

    private let reader: UnsafeMutablePointer<redisReader>
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let builder: UnsafeMutablePointer<RedisReplyBuilder>

    /// - Parameter replyLimit: the largest reply in bytes, see `RedisReplyBuilder.limit`.
    init(replyLimit: Int) throws(RedisError) {
        functions = .allocate(capacity: 1)
        functions.initialize(to: builderFunctions())
        builder = .allocate(capacity: 1)
        builder.initialize(to: RedisReplyBuilder(limit: replyLimit))
        guard let reader = redisReaderCreateWithFunctions(functions) else {
            functions.deallocate()
            builder.deinitialize(count: 1)
            builder.deallocate()
            throw RedisError(.unavailable, "no memory for a reader")
        }
        reader.pointee.privdata = UnsafeMutableRawPointer(builder)
        self.reader = reader
    }

    deinit {
        redisReaderFree(reader)
        functions.deallocate()
        builder.deinitialize(count: 1)
        builder.deallocate()
    }

    /// Takes over all bytes of `buffer`; call `next()` until it returns `nil` before feeding again.
    func feed(_ buffer: ByteBuffer) throws(RedisError) {
        let result = buffer.withUnsafeReadableBytes { bytes in
            redisReaderFeed(reader, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
        }
        guard result == REDIS_OK else { throw failure() }
    }

    /// The next whole reply, or `nil` when more bytes are needed for one.
    func next() throws(RedisError) -> RedisReply? {
        // The reply itself is in the builder; what hiredis returns is the token of `builderFunctions`.
        var token: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &token) == REDIS_OK else { throw failure() }
        if token != nil { return builder.pointee.take() }
        try refuseWhatCannotEnd()
        return nil
    }

    /// hiredis waits for the end of an item however long that takes; this does not.
    private func refuseWhatCannotEnd() throws(RedisError) {
        guard let start = reader.pointee.buf else { return }
        let unread = UnsafeRawBufferPointer(start: start, count: reader.pointee.len)[reader.pointee.pos...]
        switch parley_redis_pending_type(reader) {
        case REDIS_REPLY_STRING:
            guard let end = unread.prefix(Self.headerLimit).firstIndex(of: UInt8(ascii: "\r")) else {
                try refuse(unread.count > Self.headerLimit)
                return
            }
            guard let length = Int(String(decoding: unread[..<end], as: UTF8.self)) else { return }
            guard builder.pointee.hasRoom(for: length) else { throw tooLarge() }
        case REDIS_REPLY_ARRAY: try refuse(unread.count > Self.headerLimit)
        case REDIS_REPLY_STATUS, REDIS_REPLY_ERROR, REDIS_REPLY_INTEGER: try refuse(unread.count > Self.lineLimit)
        default: break
        }
    }

    private func refuse(_ isEndless: Bool) throws(RedisError) {
        if isEndless { throw RedisError(.protocolViolation, "a line without an end") }
    }

    private func tooLarge() -> RedisError {
        RedisError(.replyTooLarge, "a reply of more than the \(builder.pointee.limit) bytes allowed")
    }

    private func failure() -> RedisError {
        if builder.pointee.isTooLarge { return tooLarge() }
        // At most the one offending byte is quoted in hiredis' text.
        let text = withUnsafeBytes(of: &reader.pointee.errstr) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        return RedisError(.protocolViolation, text)
    }
}

/// What hiredis calls for each item. A null return makes it fail with "Out of memory"; `isTooLarge` tells why.
private func builderFunctions() -> redisReplyObjectFunctions {
    redisReplyObjectFunctions(
        createString: { task, start, length in
            add(to: task, length: length) { type in
                let bytes = [UInt8](UnsafeRawBufferPointer(start: start, count: length))
                return switch type {
                case REDIS_REPLY_STATUS: .simple(bytes)
                case REDIS_REPLY_ERROR: .error(bytes)
                default: .bulk(bytes)
                }
            }
        },
        createArray: { task, count in
            guard let builder = builder(of: task) else { return nil }
            return builder.pointee.addArray(count: Int(count)) ? token : nil
        },
        createInteger: { task, value in add(to: task) { _ in .integer(Int(value)) } },
        createNil: { task in add(to: task) { _ in .null } },
        // Called for the root of an unfinished reply only, always before the reader goes unused.
        freeObject: { _ in }
    )
}

private func builder(of task: UnsafePointer<redisReadTask>?) -> UnsafeMutablePointer<RedisReplyBuilder>? {
    task?.pointee.privdata?.assumingMemoryBound(to: RedisReplyBuilder.self)
}

private func add(
    to task: UnsafePointer<redisReadTask>?,
    length: Int = 0,
    _ item: (Int32) -> RedisReply
) -> UnsafeMutableRawPointer? {
    guard let task, let builder = builder(of: task) else { return nil }
    return builder.pointee.add(item(task.pointee.type), length: length) ? token : nil
}

/// Any pointer but null: hiredis hands it back and never looks behind it.
private var token: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: 1) }
