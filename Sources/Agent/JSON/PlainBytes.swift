extension UnsafeBufferPointer<UInt8> {
    /// Where the next quote, backslash or control character stands, from `start` on; `count` when there is none.
    ///
    /// Eight bytes are looked at first, since JSON inside a string, as tools return it, has a backslash every few bytes;
    /// behind them 32 at a time.
    @inline(__always)
    func endOfPlainBytes(from start: Int) -> Int {
        var index = start
        var marks: UInt64 = 0
        if index &+ 8 <= count {
            marks = endMarks(word(at: index))
            if marks == 0 {
                index &+= 8
                while index &+ 32 <= count, endMarks(words(at: index)) == .zero { index &+= 32 }
                while index &+ 8 <= count {
                    marks = endMarks(word(at: index))
                    if marks != 0 { break }
                    index &+= 8
                }
            }
        }
        if marks != 0 { return index &+ marks.trailingZeroBitCount / 8 }
        while index < count, self[index] >= 0x20, self[index] != UInt8(ascii: "\""), self[index] != UInt8(ascii: "\\") {
            index &+= 1
        }
        return index
    }

    /// The same, if it is among the next eight bytes.
    @inline(__always)
    func endOfPlainBytesInWord(from start: Int) -> Int? {
        guard start &+ 8 <= count else { return nil }
        let marks = endMarks(word(at: start))
        return marks == 0 ? nil : start &+ marks.trailingZeroBitCount / 8
    }

    /// Passes blocks of 32 bytes of a string in which each backslash has a quote or an `n` behind it, and no other quote and
    /// no control character stands: nearly all of prose, and of JSON inside a string. Where that ends; a backslash there
    /// has what belongs to it behind it.
    ///
    /// What stands before each byte is read once more, from one byte further left: so the bytes of a block do not wait for
    /// each other. The byte before `start` must be no backslash; there is one.
    @inline(__always)
    func endOfSimpleBlocks(from start: Int, hasEscapes: inout Bool) -> Int {
        var index = start
        var plain = SIMD4(repeating: highBits)
        while index &+ 32 <= count {
            let block = words(at: index)
            // The high bit of each byte tells. Escapes are behind a backslash.
            let notEscaped = differs(words(at: index &- 1), from: UInt8(ascii: "\\"))
            let noQuote = differs(block, from: UInt8(ascii: "\""))
            let noN = differs(block, from: UInt8(ascii: "n"))
            let noControl = ((block & ~highBits) &+ 0x6060_6060_6060_6060) | block
            let isOdd = (~notEscaped & noQuote & noN) | (notEscaped & ~noQuote) | ~noControl
            if isOdd & highBits != .zero { break }
            plain &= notEscaped
            index &+= 32
        }
        guard index > start else { return index }
        let isCut = self[index &- 1] == UInt8(ascii: "\\")
        hasEscapes = hasEscapes || isCut || plain != SIMD4(repeating: highBits)
        return isCut ? index &- 1 : index
    }

    /// Whether the bytes are UTF-8. Source: The Unicode Standard, table 3-7.
    var isUTF8: Bool {
        var index = 0
        while index < count {
            while index &+ 32 <= count, words(at: index) & SIMD4(repeating: highBits) == .zero { index &+= 32 }
            // Where other scripts are, ASCII comes in short stretches.
            while index < count {
                let word = index &+ 8 <= count ? word(at: index) : lastWord(at: index)
                let high = word & highBits
                if high == 0 {
                    index &+= 8
                    break
                }
                let ascii = high.trailingZeroBitCount / 8
                if ascii > 0 {
                    index &+= ascii
                    continue
                }
                let length = lengthOfScalar(word)
                guard length > 0 else { return false }
                index &+= length
            }
        }
        return true
    }

    /// The eight bytes at `index`, the first one lowest.
    @inline(__always)
    private func word(at index: Int) -> UInt64 {
        UInt64(littleEndian: UnsafeRawBufferPointer(self).loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// The same where fewer bytes than eight are left; zeros behind them.
    private func lastWord(at index: Int) -> UInt64 {
        self[index...].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    @inline(__always)
    private func words(at index: Int) -> SIMD4<UInt64> {
        SIMD4(word(at: index), word(at: index &+ 8), word(at: index &+ 16), word(at: index &+ 24))
    }
}

private let highBits: UInt64 = 0x8080_8080_8080_8080

/// The high bit of the lowest quote, backslash or control character in `word`, and of no byte below it; bits above that
/// one may be wrong. Turning the second bit over puts the quote right behind the control characters. Source of the test:
/// A. Mycroft's null-byte test.
@inline(__always)
private func endMarks(_ word: UInt64) -> UInt64 {
    let quoteOrControl = (word ^ 0x0202_0202_0202_0202) &- 0x2121_2121_2121_2121
    let backslash = (word ^ 0x5C5C_5C5C_5C5C_5C5C) &- 0x0101_0101_0101_0101
    return (quoteOrControl | backslash) & ~word & highBits
}

@inline(__always)
private func endMarks(_ words: SIMD4<UInt64>) -> SIMD4<UInt64> {
    let quoteOrControl = (words ^ 0x0202_0202_0202_0202) &- 0x2121_2121_2121_2121
    let backslash = (words ^ 0x5C5C_5C5C_5C5C_5C5C) &- 0x0101_0101_0101_0101
    return (quoteOrControl | backslash) & ~words & highBits
}

/// The high bit of each byte that is not `byte`, an ASCII character; the bits below say nothing.
@inline(__always)
private func differs(_ words: SIMD4<UInt64>, from byte: UInt8) -> SIMD4<UInt64> {
    let difference = words ^ (0x0101_0101_0101_0101 &* UInt64(byte))
    return ((difference & ~highBits) &+ ~highBits) | difference
}

/// How many bytes the scalar at the low end of `word` takes, which is not ASCII; 0 when it is none.
@inline(__always)
private func lengthOfScalar(_ word: UInt64) -> Int {
    // Lead and continuation bytes by their high bits, then what would be too long a form, a surrogate or too large.
    if word & 0xC0E0 == 0x80C0 { return word & 0x1E == 0 ? 0 : 2 }
    if word & 0xC0_C0F0 == 0x80_80E0 {
        let bits = word & 0x200F
        return bits == 0 || bits == 0x200D ? 0 : 3
    }
    if word & 0xC0C0_C0F8 == 0x8080_80F0 {
        let bits = word & 0x3007
        return bits == 0 || (bits & 7 >= 4 && bits != 4) ? 0 : 4
    }
    return 0
}
