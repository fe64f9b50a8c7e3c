/// A part of what a turn costs, with its input: what a benchmark times and `figures instructions` counts.
package struct Workload: Sendable {
    /// Does it so many times. What it returns depends on all that was done, so that nothing can be left out.
    package typealias Passes = (_ times: Int) async throws -> Int

    /// `<part>/<input>`
    package let name: String
    /// Makes the input, which is not measured.
    package let prepare: @Sendable () throws -> Passes

    init(_ name: String, _ prepare: @escaping @Sendable () throws -> Passes) {
        self.name = name
        self.prepare = prepare
    }

    package static let all = conversations + requests + wires + stores
}
