import Testing

@testable import Postgres

@Suite struct ParameterTests {
    @Test func laysParametersOutAsLibpqTakesThem() throws {
        let block = try ParameterBlock(
            [.text("aé"), nil, -5, true, .bytes([0, 1]), .json([0x31]), .bytes([])],
            limit: 1000
        )
        #expect(block.count == 7)
        let seen = block.withPointers { values, lengths, formats in
            (0..<7).map { index -> String in
                guard let value = values?[index] else { return "null" }
                let bytes = UnsafeRawBufferPointer(start: value, count: Int(lengths?[index] ?? 0))
                return "\(formats?[index] ?? 9) \(Array(bytes)) \(value[bytes.count])"
            }
        }
        #expect(
            seen == [
                "0 [97, 195, 169] 0", "null", "0 [45, 53] 0", "0 [116] 0", "1 [0, 1] 0", "0 [49] 0", "1 [] 0",
            ]
        )
        #expect(try ParameterBlock([], limit: 1).count == 0)
    }

    @Test func refusesWhatPostgreSQLCannotTake() {
        let bad: [[PostgresParameter]] = [
            [1, "a\u{0}b"], [.json([0x22, 0, 0x22])], [.bytes([UInt8](repeating: 0, count: 1001))],
            [PostgresParameter](repeating: nil, count: 65_536),
        ]
        for parameters in bad {
            let error = #expect(throws: PostgresError.self) { try ParameterBlock(parameters, limit: 1000) }
            #expect(error?.code == .invalidParameter)
        }
    }
}
