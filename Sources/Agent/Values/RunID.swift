/// The name of one run, made by the worker: `run_` and 32 hexadecimal digits from the system's random source.
package struct RunID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// A new, unguessable id.
    package init() {
        let random = UInt128.random(in: 0 ... .max)
        let digits = String(random, radix: 16)
        text = "run_" + String(repeating: "0", count: 32 - digits.count) + digits
    }

    /// The id of a run that was made before.
    package init(stored text: String) { self.text = text }

    package var description: String { text }
}
