import Agent
import TestSupport
import Testing

@testable import MCP

/// What becomes of the tools that servers list.
@Suite struct ToolCatalogTests {
    private func catalog(
        _ tools: [JSONValue],
        naming: ToolNaming = ToolNaming(prefix: nil),
        isTrusted: Bool = true,
        _ settings: MCPClientSettings = MCPClientSettings()
    ) -> ToolCatalog {
        ToolCatalog(
            tools.compactMap(ToolDescription.init),
            isCut: false,
            naming: naming,
            label: "the tool server",
            isTrusted: isTrusted,
            settings: settings
        )
    }

    @Test func namesGoThereAndBack() {
        let names = [
            "plain", "with-dash_1", "files.read", "files/read", "日本", "", "a b",
            String(repeating: "n", count: 128), String(repeating: "n", count: 129), String(repeating: "日", count: 300),
        ]
        let catalog = catalog(names.map { .tool($0) })
        // A tool without a name is none.
        #expect(catalog.tools.count == names.count - 1)
        #expect(catalog.warnings.isEmpty)
        for tool in catalog.tools {
            #expect((1...128).contains(tool.name.utf8.count))
            #expect(tool.name.wholeMatch(of: /[a-zA-Z0-9_-]+/) != nil)
            #expect(catalog[tool.name].map { names.contains($0.name) } == true)
        }
        #expect(catalog["plain"]?.name == "plain")
        #expect(catalog.tools.map(\.name) == catalog.tools.map(\.name).sorted())
    }

    @Test func aNameDependsOnNothingElse() {
        let alone = catalog([.tool("files.read")]).tools.map(\.name)
        let among = catalog([.tool("files_read"), .tool("files/read"), .tool("files.read")])
        #expect(among.tools.count == 3)
        #expect(among[alone[0]]?.name == "files.read")
        #expect(among["files_read"]?.name == "files_read")
    }

    @Test func aToolThatIsThereTwiceIsTakenOnce() {
        let catalog = catalog([.tool("x", readOnly: true), .tool("x")])
        #expect(catalog.tools.map(\.access) == [.read])
        #expect(catalog.warnings == ["Tool left out: x of the tool server: another one has its name"])
    }

    @Test func aNameOfItsOwnComesBeforeAMadeOne() {
        let made = ToolNaming(prefix: nil).name(for: "a.b")
        let catalog = catalog([.tool("a.b"), .tool(made)])
        #expect(catalog[made]?.name == made)
        #expect(catalog.warnings.count == 1)
    }

    @Test func severalServersHavePrefixes() {
        #expect(ToolNaming.all(labels: ["a.example:8000"]).map(\.prefix) == [nil])
        let namings = ToolNaming.all(labels: ["a.example", "a.example", "a.example_2", "日本", "stdio__x"])
        let prefixes = namings.compactMap(\.prefix)
        #expect(prefixes == ["a_example__", "a_example_2__", "a_example_2_2__", "server__", "stdio_x__"])
        for (index, naming) in namings.enumerated() {
            let name = naming.name(for: String(repeating: "n", count: 128))
            #expect(name.utf8.count <= 128)
            #expect(namings.indices.filter { namings[$0].owns(name) } == [index])
        }
    }

    @Test func annotationsDecideWhatIsAWrite() {
        let catalog = catalog([
            .tool("a"), .tool("b", readOnly: true), .tool("c", idempotent: true),
            .tool("d", meta: ["io.parley/idempotent": true]), ["name": "e", "inputSchema": ["type": "object"]],
        ])
        #expect(catalog.tools.map(\.access) == [.write, .read, .write, .write, .write])
        #expect(["a", "b", "c", "d", "e"].map { catalog[$0]?.isRepeatable } == [false, true, true, false, false])
        #expect(["a", "d"].map { catalog[$0]?.knowsKeys } == [false, true])
        let foreign = self.catalog([.tool("d", meta: ["io.parley/idempotent": true])], isTrusted: false)
        #expect(foreign["d"]?.knowsKeys == false)
    }

    @Test func tooManyToolsAreCut() {
        var settings = MCPClientSettings()
        settings.maximumTools = 3
        let catalog = catalog((0..<10).map { .tool("t\($0)") }, settings)
        #expect(catalog.tools.count == 3)
        #expect(catalog.warnings.count == 4)
        #expect(catalog.warnings.last == "Tools left out: 4 more of the tool server")
    }

    @Test func toolsThatDoNotFitAreLeftOut() {
        var settings = MCPClientSettings()
        settings.maximumToolBytes = 1000
        let words = JSONValue.string(String(repeating: "w", count: 300))
        let catalog = catalog(
            (0..<5).map { ["name": .string("t\($0)"), "description": words, "inputSchema": [:]] },
            settings
        )
        #expect(catalog.tools.map(\.name) == ["t0", "t1"])
    }

    @Test func whatIsOfferedTheMessagesAPITakes() {
        let schemas: [JSONValue] = [
            .null, true, ["type": "object"], ["type": ["object", "null"]], ["properties": .null], [:],
            ["oneOf": [["properties": ["a": ["type": "string"]], "required": ["a"]], ["properties": ["b": [:]]]]],
        ]
        let catalog = catalog(schemas.enumerated().map { .tool("t\($0.offset)", schema: $0.element) })
        #expect(catalog.tools.count == schemas.count)
        let tools = catalog.tools.compactMap { try? JSONValue(parsing: $0.definition) }
        let body: JSONValue = [
            "model": "m", "max_tokens": 1, "tools": .array(tools), "messages": [["role": "user", "content": "x"]],
        ]
        #expect(MessagesAPIRules.violation(in: body) == nil)
    }

    private func catalog(_ tools: [JSONValue], _ settings: MCPClientSettings) -> ToolCatalog {
        catalog(tools, isTrusted: false, settings)
    }
}
