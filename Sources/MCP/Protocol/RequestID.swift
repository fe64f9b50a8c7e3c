package import Agent

/// What ties an answer to its request: a number or a text, chosen by whoever asks. Source: MCP schema, `RequestId`.
package enum RequestID: Sendable, Hashable {
    case int(Int)
    case string(String)

    /// `nil` for anything but a text or a whole number, which some peers write as `7.0`.
    package init?(_ json: JSONValue) {
        switch json {
        case .int(let value): self = .int(value)
        case .string(let value): self = .string(value)
        case .double(let value):
            guard let whole = Int(exactly: value) else { return nil }
            self = .int(whole)
        default: return nil
        }
    }

    package var json: JSONValue {
        switch self {
        case .int(let value): .int(value)
        case .string(let value): .string(value)
        }
    }
}
