import TestSupport
import Testing

@testable import Agent

@Suite struct ToolListTests {
    @Test func theListIsWrittenOnceAsModelsGetIt() throws {
        let list: ToolList = [ScriptedTools.look, ScriptedTools.make]
        let json = try JSONValue(parsing: list.encoded)
        #expect(json.arrayValue?.compactMap { $0["name"]?.stringValue } == list.map(\.name))
        #expect(list.accesses == [ScriptedTools.look.name: .read, ScriptedTools.make.name: .write])
        #expect(ToolList([]).encoded == Array("[]".utf8) && ToolList([]).isEmpty)
    }

    @Test func ofTwoToolsWithOneNameTheFirstCounts() {
        let other = Tool(name: ScriptedTools.look.name, description: "", inputSchema: [:], access: .write)
        #expect(ToolList([ScriptedTools.look, other]).accesses[other.name] == .read)
    }
}
