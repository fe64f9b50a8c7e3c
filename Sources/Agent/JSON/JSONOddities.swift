/// What text can hold that is JSON by its grammar, but that strict readers refuse.
///
/// The scanner notes them in passing, so it may note one that is none: a look at the text itself decides. It misses none.
struct JSONOddities: OptionSet {
    let rawValue: UInt8

    /// Half of a surrogate pair, as an escape.
    static let loneSurrogate = Self(rawValue: 1)
    /// A key that stands twice in an object.
    static let repeatedKey = Self(rawValue: 2)
    /// A number beyond what a double holds.
    static let number = Self(rawValue: 4)
    /// More levels than ``JSONValue/maxDepth`` once the text stands in a request.
    static let depth = Self(rawValue: 8)

    /// Levels that a document may have, and go into a request some levels below its top.
    static let plainDepth = JSONValue.maxDepth - 4
    /// A number without exponent and with at most so many characters is finite as a double.
    static let plainDigits = 300
}

/// The keys of one object, remembered as one bit each.
struct KeySketch {
    private var bits: UInt64 = 0

    /// `false` when the key, or one that looks like it, was there before.
    mutating func insert(_ key: UnsafeBufferPointer<UInt8>) -> Bool {
        let bit: UInt64 = 1 << (sketch(of: key) >> 58)
        defer { bits |= bit }
        return bits & bit == 0
    }
}

/// A number that is equal for equal bytes and seldom equal for others. Source: FNV-1a, 64 bits.
func sketch(of bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    // The low bits of FNV are its good ones; callers take the high ones.
    return hash &* 0x9E37_79B9_7F4A_7C15
}
