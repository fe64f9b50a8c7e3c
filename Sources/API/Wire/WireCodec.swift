package import Agent

/// Answers as JSON. In the store a refreshed token pair stands before the JSON, sealed:
///
///     sealed <pair, sealed, in hexadecimal digits> LF {"run_id": …}
package struct WireCodec: AnswerCodec {
    private static let mark = Array("sealed ".utf8)
    private static let lineEnd = UInt8(ascii: "\n")

    package init() {}

    package func encode(_ answer: RunAnswer) -> [UInt8] { Self.joined(Self.plain(answer), answer.auth) }

    package func encode(_ event: RunEvent) -> EncodedEvent { EncodedEvent(event) }

    package func seal(_ answer: RunAnswer, for credentials: Credentials) -> [UInt8] {
        let plain = Self.plain(answer)
        guard let pair = answer.auth else { return plain }
        let sealed = TokenSeal(presented: credentials.refresh).seal(pair.json.encoded(), besides: plain)
        return Self.mark + Array(sealed.hexadecimal.utf8) + [Self.lineEnd] + plain
    }

    package func open(_ stored: [UInt8], with presented: Credentials, refreshed: Credentials?) -> OpenedAnswer {
        guard stored.starts(with: Self.mark), let end = stored.firstIndex(of: Self.lineEnd) else {
            return OpenedAnswer(bytes: Self.joined(stored, refreshed), isProven: false)
        }
        let plain = Array(stored[(end + 1)...])
        guard let sealed = [UInt8](hexadecimal: stored[Self.mark.count..<end]),
            let pair = TokenSeal(presented: presented.refresh).open(sealed, besides: plain)
        else { return OpenedAnswer(bytes: Self.joined(plain, refreshed), isProven: false) }
        let bytes = refreshed == nil ? Self.joined(plain, json: pair) : Self.joined(plain, refreshed)
        return OpenedAnswer(bytes: bytes, isProven: true)
    }

    private static func plain(_ answer: RunAnswer) -> [UInt8] { answer.encoded }

    private static func joined(_ plain: [UInt8], _ pair: Credentials?) -> [UInt8] {
        pair.map { joined(plain, json: $0.json.encoded()) } ?? plain
    }

    /// `plain`, a JSON object with members, with `auth` as its last one.
    private static func joined(_ plain: [UInt8], json pair: [UInt8]) -> [UInt8] {
        plain.dropLast() + Array(#","auth":"#.utf8) + pair + [UInt8(ascii: "}")]
    }
}
