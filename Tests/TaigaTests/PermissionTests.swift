import Agent
import Testing

@testable import Taiga

@Suite struct PermissionTests {
    private static let reads = [
        "taiga_get_project", "taiga_list_milestones", "taiga_get_milestone", "taiga_list_members",
        "taiga_list_user_stories", "taiga_get_user_story", "taiga_list_tasks",
    ]
    private static let writes = [
        "taiga_create_user_story", "taiga_create_task", "taiga_create_tasks", "taiga_update_user_story",
        "taiga_update_task",
    ]
    /// What those who may not change anything may still do.
    private static let comments = ["taiga_comment_user_story", "taiga_comment_task"]

    @Test(
        "Each role of the template is offered its tools, in a fixed order",
        arguments: [
            (["UX"], true, true), (["Design"], true, true), (["Front"], true, true), (["Back"], true, true),
            (["Product Owner"], true, true), (["product-owner"], true, true), (["BACK"], true, true),
            (["Stakeholder"], true, false), (["Stakeholder", "Back"], true, true), (["Back", "Wizard"], true, true),
            (["Wizard"], false, false), ([""], false, false), ([], false, false), (["Product  Owner"], false, false),
        ] as [([String], Bool, Bool)]
    )
    func offers(roles: [String], reads: Bool, writes: Bool) {
        let tools = TaigaSandbox().tools.tools(for: context(roles: roles)).tools
        let writing = (writes ? Self.writes : []) + (reads ? Self.comments : [])
        #expect(tools.map(\.name) == (reads ? Self.reads : []) + writing)
        #expect(tools.filter { $0.access == .write }.map(\.name) == writing)
    }

    @Test("A tool that the roles do not offer is refused when it is called all the same", arguments: writes)
    func refusesUnoffered(name: String) async throws {
        let text = try await TaigaSandbox().tools.refusal(name, ["subject": "x"], in: context(roles: ["Stakeholder"]))
        #expect(text.contains("permission") && text.contains(name))
        let nobody = try await TaigaSandbox().tools.refusal("taiga_get_project", in: context(roles: []))
        #expect(nobody.contains("view_project"))
    }

    @Test("Every schema is strict, and a write tool has an idempotency key")
    func schemas() throws {
        for tool in TaigaSandbox().tools.tools(for: context()).tools {
            let definition = try JSONValue(parsing: tool.definition)
            let schema = try #require(definition["input_schema"])
            #expect(schema["type"] == "object" && schema["additionalProperties"] == false)
            let properties = try #require(schema["properties"]?.objectValue)
            #expect(properties["project_id"] != nil)
            #expect((properties["idempotency_key"] != nil) == (tool.access == .write))
            for property in properties.values {
                #expect(property["type"] != nil && property["description"]?.stringValue?.isEmpty == false)
            }
            for required in try #require(schema["required"]?.arrayValue) {
                #expect(required.stringValue.map { properties[$0] != nil } == true)
            }
            #expect(definition["description"]?.stringValue.map { $0.count > 40 } == true)
        }
    }
}
