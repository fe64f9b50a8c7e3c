import CSessionStore

/// The C table with sessions of one size in it, whose ids are as long as a UUID.
package final class CStore {
    package enum Failure: Error { case noStore, notStored(UInt32), notFound }

    /// Bytes of an id.
    package static let keySize = 36

    private let store: OpaquePointer
    private let value: [UInt8]
    /// The last 12 characters are the number of the session that is meant, four bits each.
    private var key = Array("3f0c9b52-8e1d-4a57-b0f4-000000000000".utf8)

    /// - Parameters:
    ///   - entries: how many there will be.
    ///   - valueSize: bytes of each value.
    package init(entries: Int, valueSize: Int) throws {
        var made: OpaquePointer?
        _ = parley_store_create(&made, entries * (valueSize + Self.keySize + 128) * 2 + 4096, Array(0..<16), nil)
        guard let made else { throw Failure.noStore }
        store = made
        value = [UInt8](repeating: UInt8(ascii: "v"), count: valueSize)
    }

    deinit { parley_store_destroy(store) }

    package var count: Int { parley_store_count(store) }

    /// Bytes held by the table's own account.
    package var bytes: Int { parley_store_bytes(store) }

    package func set(_ number: Int) throws {
        let status = withKey(number) { key in
            value.withUnsafeBytes { value in
                parley_store_set(
                    store,
                    key,
                    parley_store_span(bytes: nil, size: 0),
                    parley_store_span(bytes: value.baseAddress, size: value.count),
                    2,
                    1
                )
            }
        }
        guard status == PARLEY_STORE_OK else { throw Failure.notStored(status.rawValue) }
    }

    /// The size of what was found.
    package func get(_ number: Int) throws -> Int {
        var found = parley_store_found()
        guard withKey(number, { parley_store_get(store, $0, 1, &found) }) else { throw Failure.notFound }
        return found.value.size
    }

    /// The number is written in words, as the store's hash reads them: a word that was written byte by byte a moment ago is
    /// slow to read, and no server's key was.
    private func withKey<Result>(_ number: Int, _ body: (parley_store_span) -> Result) -> Result {
        key.withUnsafeMutableBytes { key in
            let (first, last) = (Self.letters(number), UInt32(truncatingIfNeeded: Self.letters(number >> 32)))
            key.storeBytes(of: first, toByteOffset: 24, as: UInt64.self)
            key.storeBytes(of: last, toByteOffset: 32, as: UInt32.self)
            return body(parley_store_span(bytes: key.baseAddress, size: key.count))
        }
    }

    /// A letter from `a` to `p` for each four bits of the lower half.
    private static func letters(_ number: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | (UInt64(number >> (4 * $1) & 15) + 0x61) << (8 * $1) }
    }
}
