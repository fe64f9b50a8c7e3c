import Agent
import COpenSSL

/// SHA-256 of a token: by it things are remembered without keeping the token.
struct TokenHash: Hashable, Sendable {
    private let bytes: [UInt8]

    init(_ token: Secret) {
        let text = Array(token.reveal().utf8)
        var hash = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        _ = SHA256(text, text.count, &hash)
        bytes = hash
    }
}
