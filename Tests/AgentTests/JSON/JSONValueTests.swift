import Agent
import Testing

@Suite struct JSONValueTests {
    @Test func readsEveryKindOfValue() throws {
        let text = #"{"a":null,"b":[true,false],"c":-12,"d":1.5e2,"e":"x\n\u00e9\ud83d\ude00/\/","f":{}}"#
        #expect(
            try JSONValue(parsing: text.utf8) == [
                "a": .null, "b": [true, false], "c": -12, "d": .double(150), "e": "x\né😀//", "f": [:],
            ]
        )
    }

    @Test(arguments: [
        ("", JSONError.Reason.endedEarly), ("{", .endedEarly), ("[1,", .endedEarly), (#""abc"#, .endedEarly),
        ("tru", .endedEarly), ("truu", .unexpectedByte), ("{]", .unexpectedByte), ("[1 2]", .unexpectedByte),
        ("[,]", .unexpectedByte), ("[1,]", .unexpectedByte), (#"{"a":1,}"#, .unexpectedByte),
        ("nanny", .unexpectedByte),
        ("{} {}", .trailingBytes), ("01", .badNumber), ("1.", .badNumber), ("-", .badNumber), ("1e", .badNumber),
        ("1e999", .numberOutOfRange), (#""\x""#, .badEscape), (#""\u12g4""#, .badEscape),
        ("\"a\u{1}b\"", .controlCharacter), (#"{"a":1,"a":2}"#, .duplicateKey), (#"{"a":1,"\u0061":2}"#, .duplicateKey),
        (#""\ud83d""#, .loneSurrogate), (#""\ude00\ud83d""#, .loneSurrogate), (#""\ud83dx""#, .loneSurrogate),
    ])
    func refuses(_ text: String, _ reason: JSONError.Reason) {
        #expect { try JSONValue(parsing: text.utf8) } throws: { ($0 as? JSONError)?.reason == reason }
    }

    @Test func refusesWhatIsNotUTF8() {
        #expect { try JSONValue(parsing: [0x22, 0xC3, 0x28, 0x22]) } throws: { ($0 as? JSONError)?.reason == .badUTF8 }
    }

    @Test func refusesTenThousandLevels() {
        let text = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        #expect { try JSONValue(parsing: text.utf8) } throws: { ($0 as? JSONError)?.reason == .tooDeep }
    }

    @Test func integersOutsideTheRangeOfIntAreDoubles() throws {
        #expect(try JSONValue(parsing: "9223372036854775807".utf8) == .int(.max))
        #expect(try JSONValue(parsing: "9223372036854775808".utf8) == .double(9_223_372_036_854_775_808))
    }

    @Test func equalValuesEncodeEqually() throws {
        let one = try JSONValue(parsing: #"{"b":[1,2],"a":"\u0041\u0007"}"#.utf8)
        let other = try JSONValue(parsing: #" { "a" : "A\u0007", "b" : [ 1 , 2 ] } "#.utf8)
        #expect(one.encoded() == other.encoded())
        #expect(String(decoding: one.encoded(), as: UTF8.self) == #"{"a":"A\u0007","b":[1,2]}"#)
    }

    /// Every position and neighbourhood of a special byte in the eight-byte steps of the string scanner.
    @Test func findsSpecialBytesAtEveryOffset() throws {
        for length in 0..<40 {
            for special in ["\\\"", "\\n", "é", "\u{7f}", "😀", "!", "\u{80}"] {
                for position in 0...length {
                    let plain =
                        String(repeating: "#", count: position) + special
                        + String(repeating: "]", count: length - position)
                    let value = try JSONValue(parsing: "\"\(plain)\"".utf8)
                    let expected = plain.replacing("\\\"", with: "\"").replacing("\\n", with: "\n")
                    #expect(value == .string(expected))
                }
            }
        }
    }
}
