/// The tools that a model is offered, in their order, with all that is worked out of them once and not in every run.
package struct ToolList: Sendable, Equatable, RandomAccessCollection, ExpressibleByArrayLiteral {
    private let tools: [Tool]
    /// The JSON array of the definitions; `[]` when there are none.
    package let encoded: [UInt8]
    /// What each tool may do, by its name; of two with one name the first counts.
    let accesses: [String: Tool.Access]

    package init(_ tools: [Tool]) {
        self.tools = tools
        encoded =
            [UInt8(ascii: "[")] + tools.map(\.definition).joined(separator: [UInt8(ascii: ",")])
            + [UInt8(ascii: "]")]
        accesses = Dictionary(tools.map { ($0.name, $0.access) }, uniquingKeysWith: { first, _ in first })
    }

    package init(arrayLiteral tools: Tool...) { self.init(tools) }

    package var startIndex: Int { tools.startIndex }
    package var endIndex: Int { tools.endIndex }
    package subscript(index: Int) -> Tool { tools[index] }

    package static func == (one: ToolList, other: ToolList) -> Bool { one.encoded == other.encoded }
}
