import Agent

/// The meta of a session as the table holds it: three numbers before the history, in one value, so that a commit is
/// whole or not at all.
///
///     +------------+------------------+------------------+-------------+
///     | turns, 8 B | created at, 8 B  | updated at, 8 B  | history ... |
///     +------------+------------------+------------------+-------------+
///
/// Numbers are in the byte order of the machine; the bytes never leave it.
enum SessionRecord {
    /// What stands before the history.
    static let headSize = 24

    /// Lends the bytes that `meta` is stored as.
    static func withHead<Result, Failure: Error>(
        of meta: SessionMeta,
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeBytes(of: (meta.turns, meta.createdAt, meta.updatedAt), body)
    }

    /// The meta of a stored value.
    static func meta(in value: UnsafeRawBufferPointer) -> SessionMeta {
        func number(_ index: Int) -> Int { value.loadUnaligned(fromByteOffset: index * 8, as: Int.self) }
        return SessionMeta(turns: number(0), createdAt: number(1), updatedAt: number(2))
    }

    /// The history of a stored value: the one copy of a load.
    static func history(in value: UnsafeRawBufferPointer) -> [UInt8] {
        Array(value.dropFirst(headSize))
    }
}
