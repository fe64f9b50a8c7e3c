/// A repeatable source of numbers. Source: SplitMix64.
package struct Dice {
    private var state: UInt64

    package init(state: UInt64) { self.state = state }

    /// 1...sides
    package mutating func roll(_ sides: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ mixed >> 31) % UInt64(sides)) + 1
    }

    /// One of `elements`, of which there must be some.
    package mutating func pick<Element>(_ elements: [Element]) -> Element { elements[roll(elements.count) - 1] }

    /// 0..<count
    package mutating func index(_ count: Int) -> Int { roll(count) - 1 }
}
