import Agent

/// A session as the table holds it: what is known about it before the history, in one value, so that a commit is whole or
/// not at all.
///
///     +-------+------------+------------+--------------+------------+-----------+-------+
///     | turns | created at | updated at | time to live | token rate | turns cut | fence |
///     +-------+------------+------------+--------------+------------+-----------+-------+
///     +------------+----------+---------+-------+---------------+-------------+
///     | owner size | run size | is open | owner | committed run | history ... |
///     +------------+----------+---------+-------+---------------+-------------+
///
/// Numbers have 8 bytes in the byte order of the machine; the bytes never leave it. An open history lacks its closing
/// bracket: so has the one that a run has at hand, and is copied here as it is.
struct SessionRecord {
    var meta: SessionMeta
    var kept: SessionControl.Kept
    /// Whether the closing bracket is left out.
    var isOpen: Bool

    private static let numbers = 10
    /// A token rate that is not known.
    private static let unknown = -1

    init(meta: SessionMeta, kept: SessionControl.Kept, isOpen: Bool = false) {
        self.meta = meta
        self.kept = kept
        self.isOpen = isOpen
    }

    /// Of a stored value.
    init(in value: UnsafeRawBufferPointer) {
        meta = SessionMeta(
            turns: value.number(0),
            createdAt: value.number(1),
            updatedAt: value.number(2),
            timeToLive: value.number(3),
            tokenRate: value.number(4) == Self.unknown ? nil : value.number(4),
            turnsCut: value.number(5)
        )
        isOpen = Self.isOpen(value)
        let texts = value.dropFirst(Self.numbers * 8)
        kept = SessionControl.Kept(
            owner: Self.text(texts.prefix(value.number(7))),
            fence: value.number(6),
            committedRun: Self.text(texts.dropFirst(value.number(7)).prefix(value.number(8)))
        )
    }

    /// What stands before the history.
    var head: [UInt8] {
        let owner = Array((kept.owner ?? "").utf8)
        let run = Array((kept.committedRun ?? "").utf8)
        let numbers = [
            meta.turns, meta.createdAt, meta.updatedAt, meta.timeToLive, meta.tokenRate ?? Self.unknown,
            meta.turnsCut, kept.fence, owner.count, run.count, isOpen ? 1 : 0,
        ]
        return numbers.withUnsafeBytes { Array($0) } + owner + run
    }

    /// The history of a stored value: the one copy of a load.
    static func history(in value: UnsafeRawBufferPointer) -> [UInt8] {
        let stored = value.dropFirst(headSize(of: value))
        guard isOpen(value) else { return Array(stored) }
        return Array(unsafeUninitializedCapacity: stored.count + 1) { bytes, count in
            UnsafeMutableRawBufferPointer(bytes).copyBytes(from: stored)
            bytes[stored.count] = UInt8(ascii: "]")
            count = stored.count + 1
        }
    }

    /// How many bytes the history of a stored value has.
    static func historySize(of value: UnsafeRawBufferPointer) -> Int {
        value.count - headSize(of: value) + (isOpen(value) ? 1 : 0)
    }

    private static func isOpen(_ value: UnsafeRawBufferPointer) -> Bool { value.number(9) == 1 }

    private static func headSize(of value: UnsafeRawBufferPointer) -> Int {
        numbers * 8 + value.number(7) + value.number(8)
    }

    private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String? {
        bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func number(_ index: Int) -> Int { loadUnaligned(fromByteOffset: index * 8, as: Int.self) }
}
