/// How the Messages API wants ids of tool calls and names of tools: `[a-zA-Z0-9_-]+`.
enum ToolNames {
    static let maxIDLength = 256
    static let maxNameLength = 128

    static func isPlain(_ name: some Collection<UInt8>, maxLength: Int) -> Bool {
        !name.isEmpty && name.count <= maxLength && name.allSatisfy(isPlain)
    }

    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
