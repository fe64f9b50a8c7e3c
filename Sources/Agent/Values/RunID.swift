/// The name of one run, made by the worker: `run_` and 32 hexadecimal digits from the system's random source.
package struct RunID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// A new, unguessable id.
    package init() {
        var random = UInt128.random(in: 0 ... .max)
        text = String(unsafeUninitializedCapacity: 36) { text in
            _ = text.update(fromContentsOf: "run_".utf8)
            for index in (4..<36).reversed() {
                text[index] = hexDigit(UInt8(truncatingIfNeeded: random & 15))
                random >>= 4
            }
            return 36
        }
    }

    /// The id of a run that was made before.
    package init(stored text: String) { self.text = text }

    package var description: String { text }

    /// Ids are random: their ends tell them apart.
    package func hash(into hasher: inout Hasher) {
        var end: UInt64 = 0
        for byte in text.utf8.suffix(8) { end = end << 8 | UInt64(byte) }
        hasher.combine(end)
    }
}
