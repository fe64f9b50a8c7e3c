import NIOCore
import Testing

@testable import Redis

/// Literal RESP2 bytes against the reader.
@Suite struct ReplyReaderTests {
    private func read(_ bytes: String, chunk: Int = .max, limit: Int = 10_000) throws -> [RedisReply] {
        let reader = try RedisReplyReader(replyLimit: limit)
        var rest = Array(bytes.utf8)[...]
        var replies: [RedisReply] = []
        while !rest.isEmpty {
            try reader.feed(ByteBuffer(bytes: rest.prefix(chunk)))
            rest = rest.dropFirst(chunk)
            while let reply = try reader.next() { replies.append(reply) }
        }
        return replies
    }

    private func code(_ body: () throws -> Void) -> RedisError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? RedisError)?.code
        }
    }

    @Test(arguments: [1, 2, 3, 7, .max])
    func readsEveryTypeHoweverItIsSplit(chunk: Int) throws {
        let bytes =
            "+OK\r\n-ERR no\r\n:-42\r\n$3\r\na\r\n\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*2\r\n+a\r\n$-1\r\n-E x\r\n:7\r\n"
        let expected: [RedisReply] = [
            .simple(Array("OK".utf8)), .error(Array("ERR no".utf8)), .integer(-42), .bulk(Array("a\r\n".utf8)),
            .bulk([]),
            .null, .null, .array([]),
            .array([.integer(1), .array([.simple(Array("a".utf8)), .null]), .error(Array("E x".utf8))]), .integer(7),
        ]
        #expect(try read(bytes, chunk: chunk) == expected)
    }

    @Test func readsEightLevelsAndRefusesNine() throws {
        #expect(try read(String(repeating: "*1\r\n", count: 8) + ":1\r\n").count == 1)
        #expect(code { _ = try read(String(repeating: "*1\r\n", count: 9) + ":1\r\n") } == .protocolViolation)
    }

    @Test(arguments: [
        "%1\r\n+a\r\n+b\r\n", "_\r\n", ">2\r\n", "#t\r\n", ",1.5\r\n", "HTTP/1.1 400\r\n", "\u{0}", "*x\r\n", "$x\r\n",
        "$-2\r\n", ":1x\r\n",
    ])
    func refusesWhatIsNoRESP2(bytes: String) {
        #expect(code { _ = try read(bytes) } == .protocolViolation)
    }

    @Test(arguments: ["*2147483647\r\n", "*200000\r\n", "$10001\r\n", "$9223372036854775807\r\n", "*2\r\n$6000\r\n"])
    func refusesASizeWhereItIsAnnounced(bytes: String) {
        let tail = bytes.contains("$6000") ? String(repeating: "x", count: 6000) + "\r\n$6000\r\n" : ""
        #expect(code { _ = try read(bytes + tail) } == .replyTooLarge)
        #expect(code { _ = try read(bytes + tail, chunk: 1) } == .replyTooLarge)
    }

    @Test func nestedArraysCannotMultiplyTheirWayPastTheLimit() {
        // Each announces a hundred elements and is the first of them: 700 are promised in 42 bytes.
        let nested = String(repeating: "*100\r\n", count: 7)
        #expect(code { _ = try read(nested, limit: 100 * 7 * MemoryLayout<RedisReply>.stride) } == .replyTooLarge)
        #expect(code { _ = try read(nested, limit: 101 * 7 * MemoryLayout<RedisReply>.stride) } == nil)
    }

    @Test(arguments: ["+", "-", ":", "$", "*"])
    func refusesALineWithoutAnEnd(type: String) {
        let endless = type + String(repeating: "1", count: 70_000)
        #expect(code { _ = try read(endless, chunk: 1000, limit: 1 << 20) } == .protocolViolation)
    }

    @Test func theLimitIsForOneReplyNotForAll() throws {
        let reply = "$9000\r\n" + String(repeating: "x", count: 9000) + "\r\n"
        #expect(try read(String(repeating: reply, count: 20), chunk: 777).count == 20)
    }

    @Test func anUnfinishedReplyIsForgottenWithItsReader() throws {
        #expect(try read("*3\r\n$1\r\na\r\n*2\r\n:1\r\n").isEmpty)
        #expect(code { _ = try read("*3\r\n$1\r\na\r\n*2\r\n:1\r\n?") } == .protocolViolation)
    }
}
