import TestSupport

/// The lines of the official Python SDK.
enum SDK: String, CaseIterable, CustomStringConvertible {
    case line1 = "1"
    case line2 = "2"

    var description: String { "SDK \(rawValue).x" }

    /// The python that has this line; made on first use, which takes a while.
    func python() async throws -> String {
        try await Repository.prepare("deploy/lib/mcp-sdks.sh", rawValue)
    }

    /// A script beside these tests.
    static func script(_ name: String) -> String {
        Repository.path("Tests/MCPTests/Servers/\(name)")
    }
}
