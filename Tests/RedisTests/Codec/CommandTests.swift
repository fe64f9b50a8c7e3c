import NIOCore
import Testing

@testable import Redis

@Suite struct CommandTests {
    @Test func encodesBytesAsTheyAre() throws {
        let command = RedisCommand("SET", "k\r\n", [UInt8](), [0x00, 0xFF] as [UInt8], -5)
        let expected =
            Array("*5\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$0\r\n\r\n$2\r\n".utf8) + [0, 0xFF]
            + Array("\r\n$2\r\n-5\r\n".utf8)
        #expect(Array(try command.encoded(limit: 1000).readableBytesView) == expected)
    }

    @Test func refusesACommandAboveTheLimit() {
        let command = RedisCommand("SET", "k", [UInt8](repeating: 0, count: 1000))
        let error = #expect(throws: RedisError.self) { try command.encoded(limit: 1000) }
        #expect(error?.code == .commandTooLarge)
    }

    @Test func knowsScriptsByTheirDigest() {
        #expect(RedisScript(Array("return 1".utf8)).digest == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db")
    }

    @Test func errorsKeepTheirPrefixAndLoseWhatTheyQuote() {
        func error(_ text: String) -> RedisError { RedisError(reply: Array(text.utf8)) }
        #expect(error("OOM command not allowed when used memory > 'maxmemory'.").code.serverPrefix == "OOM")
        #expect(error("READONLY").code == .server("READONLY"))
        #expect(error("MOVED 1 127.0.0.1:1").code == .clusterUnsupported)
        #expect(error("CROSSSLOT Keys in request don't hash to the same slot").code == .clusterUnsupported)
        let unknown = error("ERR unknown command 'X', with args beginning with: 'session:a' '[secret]' ")
        #expect(unknown.code == .server("ERR"))
        #expect(!"\(unknown)".contains("secret"))
        #expect(!"\(unknown)".contains("session:a"))
        #expect(error(String(repeating: "E", count: 5000)).description.utf8.count < 600)
    }

    @Test func repliesAreReadAsWhatTheyAre() throws {
        #expect(try RedisReply.bulk(Array("12".utf8)).integer() == 12)
        #expect(try RedisReply.null.optionalBytes() == nil)
        #expect(throws: RedisError.self) { try RedisReply.null.bytes() }
        #expect(throws: RedisError.self) { try RedisReply.bulk(Array("1x".utf8)).integer() }
        #expect(throws: RedisError.self) { try RedisReply.array([.null]).array(count: 2) }
        let nested = #expect(throws: RedisError.self) { try RedisReply.error(Array("OOM no".utf8)).integer() }
        #expect(nested?.code == .server("OOM"))
    }
}
