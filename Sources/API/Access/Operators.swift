import Agent
import COpenSSL
import HTTPTypes
import Hummingbird

/// Who may do what operators do: whoever shows the operators' token as bearer.
struct Operators: Sendable {
    /// `nil`: there is no such token, and so no operator.
    let token: Secret?

    func include(_ request: Request) -> Bool {
        guard let token, let shown = request.bearer else { return false }
        return Self.equal(Array(token.reveal().utf8), Array(shown.utf8))
    }

    /// Takes as long for the first wrong byte as for the last one.
    private static func equal(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
    }
}

extension Request {
    /// The token in `Authorization: Bearer …`; the scheme's case does not matter (RFC 9110 section 11.1).
    var bearer: Substring? {
        guard let parts = headers[.authorization]?.split(separator: " ", maxSplits: 1), parts.count == 2,
            parts[0].lowercased() == "bearer"
        else { return nil }
        return parts[1]
    }
}
