import Agent
import COpenSSL
import HTTPTypes

extension Idempotency {
    /// The claim of a request that carries an `Idempotency-Key`; `nil` for one that carries none.
    /// - Throws: `invalid` when the key is not 1 to 255 visible ASCII characters.
    init?(_ headers: HTTPFields, identity: @autoclosure () -> [UInt8]) throws(Problem) {
        guard let key = headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            let message = "must be 1 to 255 visible ASCII characters"
            throw Problem(.invalid, errors: [Problem.FieldError(field: "Idempotency-Key", message: message)])
        }
        self.init(key: sha256(Array(key.utf8)), request: sha256(identity()))
    }
}

/// 64 lower-case hexadecimal digits.
private func sha256(_ bytes: [UInt8]) -> String {
    var hash = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    _ = SHA256(bytes, bytes.count, &hash)
    return hash.hexadecimal
}
