import Agent
import COpenSSL

/// Seals a token pair so that only a client that has the refresh token of the request can open it: AES-256-GCM (NIST SP
/// 800-38D) under a key that HKDF-SHA-256 (RFC 5869) derives from that token. A sealed pair is nonce, ciphertext and tag.
struct TokenSeal {
    private static let nonceSize = 12
    private static let tagSize = 16
    private let key: [UInt8]

    /// - Parameter presented: the refresh token that came with the request.
    init(presented: Secret) {
        let extracted = Self.hmac(key: Array("parley answer".utf8), Array(presented.reveal().utf8))
        key = Self.hmac(key: extracted, Array("token pair".utf8) + [1])
    }

    /// `text` under a new nonce, bound to `context`, which stays readable.
    func seal(_ text: [UInt8], besides context: [UInt8]) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        let nonce = (0..<Self.nonceSize).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let cipher = Cipher(key: key, nonce: nonce, sealing: true)
        let sealed = cipher.update(context: context, text)
        return nonce + sealed + cipher.tag(size: Self.tagSize)
    }

    /// What was sealed; `nil` under another token, besides another context, or when a bit has changed.
    func open(_ sealed: [UInt8], besides context: [UInt8]) -> [UInt8]? {
        guard sealed.count >= Self.nonceSize + Self.tagSize else { return nil }
        let cipher = Cipher(key: key, nonce: Array(sealed.prefix(Self.nonceSize)), sealing: false)
        let text = cipher.update(context: context, Array(sealed.dropFirst(Self.nonceSize).dropLast(Self.tagSize)))
        return cipher.verify(tag: Array(sealed.suffix(Self.tagSize))) ? text : nil
    }

    private static func hmac(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &code, nil)
        return code
    }
}

/// One pass of AES-256-GCM.
private struct Cipher: ~Copyable {
    private let context: OpaquePointer?
    private let isSealing: Int32

    init(key: [UInt8], nonce: [UInt8], sealing: Bool) {
        context = EVP_CIPHER_CTX_new()
        isSealing = sealing ? 1 : 0
        EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce, isSealing)
    }

    deinit { EVP_CIPHER_CTX_free(context) }

    /// `text`, sealed or opened; what was opened means nothing before ``verify(tag:)``.
    func update(context associated: [UInt8], _ text: [UInt8]) -> [UInt8] {
        var size: Int32 = 0
        EVP_CipherUpdate(context, nil, &size, associated, Int32(associated.count))
        var result = [UInt8](repeating: 0, count: text.count)
        EVP_CipherUpdate(context, &result, &size, text, Int32(text.count))
        return result
    }

    func tag(size: Int) -> [UInt8] {
        var end = [UInt8](repeating: 0, count: 16)
        var length: Int32 = 0
        EVP_CipherFinal_ex(context, &end, &length)
        var tag = [UInt8](repeating: 0, count: size)
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(size), &tag)
        return tag
    }

    func verify(tag: [UInt8]) -> Bool {
        var tag = tag
        var end = [UInt8](repeating: 0, count: 16)
        var length: Int32 = 0
        return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1
            && EVP_CipherFinal_ex(context, &end, &length) == 1
    }
}
