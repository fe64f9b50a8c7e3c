import Logging
import Synchronization
import Testing

@testable import parley

@Suite struct TextLogHandlerTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
        func add(_ line: [UInt8]) { all.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    }

    @Test func oneLineTellsTimeLevelLoggerMetadataAndMessage() throws {
        let lines = Lines()
        var logger = Logger(label: "here") { TextLogHandler(label: $0, write: lines.add) }
        logger[metadataKey: "b"] = "2"
        logger[metadataKey: "a"] = "outer"
        logger.debug("Not written")
        logger.notice("Something happened", metadata: ["a": "inner", "list": ["x", "y"]])
        let line = try #require(lines.all.withLock { $0 }.first)
        #expect(lines.all.withLock { $0.count } == 1)
        #expect(line.contains(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000 notice here: a=inner b=2 list=\[/))
        #expect(line.hasSuffix("[ParleyTests] Something happened\n"))
    }
}
