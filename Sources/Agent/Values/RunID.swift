/// The name of one run, made by the worker: `run_` and 32 hexadecimal digits from the system's random source.
package struct RunID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// A new, unguessable id.
    package init() {
        var generator = SystemRandomNumberGenerator()
        let words: [UInt64] = [generator.next(), generator.next()]
        text =
            "run_"
            + words.map { String(repeating: "0", count: $0.leadingZeroBitCount / 4) + String($0, radix: 16) }
            .joined()
    }

    package var description: String { text }
}
