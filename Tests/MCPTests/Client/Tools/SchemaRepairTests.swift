import Agent
import Testing

@testable import MCP

/// Schemas that the Messages API would refuse, and what is made of them.
@Suite struct SchemaRepairTests {
    private func repaired(_ schema: JSONValue, maximumBytes: Int = 10_000) -> JSONValue? {
        if case .schema(let schema) = SchemaRepair.repair(schema, maximumBytes: maximumBytes) { schema } else { nil }
    }

    @Test func aGoodSchemaStaysAsItIs() {
        let schema: JSONValue = [
            "type": "object", "required": ["a"], "additionalProperties": false, "$schema": "https://json-schema.org/x",
            "properties": [
                "a": ["type": "string", "description": "words", "x-mcp-header": "A"],
                "b": ["anyOf": [["type": "integer", "minimum": 0], ["type": "null"]]],
                "c": ["$ref": "#/$defs/c"],
            ],
            "$defs": ["c": ["type": "array", "items": ["type": "string"], "prefixItems": [["const": 1]]]],
        ]
        #expect(repaired(schema) == schema)
    }

    @Test func choicesAtTheTopAreMerged() {
        let one: JSONValue = [
            "oneOf": [
                ["properties": ["kind": ["const": "a"], "x": ["type": "string"]], "required": ["kind", "x"]],
                ["properties": ["kind": ["const": "b"], "y": ["type": "string"]], "required": ["kind", "y"]],
            ]
        ]
        #expect(
            repaired(one) == [
                "type": "object", "required": ["kind"],
                "properties": [
                    "kind": ["anyOf": [["const": "a"], ["const": "b"]]], "x": ["type": "string"],
                    "y": ["type": "string"],
                ],
            ]
        )
        let all: JSONValue = [
            "type": "object", "properties": ["z": [:]], "required": ["z"],
            "allOf": [["properties": ["x": [:]], "required": ["x"]], ["properties": ["y": [:]], "required": ["y"]]],
        ]
        #expect(
            repaired(all) == [
                "type": "object", "properties": ["x": [:], "y": [:], "z": [:]], "required": ["z", "x", "y"],
            ]
        )
    }

    @Test(arguments: [
        JSONValue.bool(false), .string("object"), ["type": "string"], ["type": "array", "items": [:]],
        ["type": "object", "properties": ["a b": [:]]], ["type": "object", "properties": ["": [:]]],
    ])
    func whatCannotBeRepairedIsRefused(schema: JSONValue) {
        #expect(repaired(schema) == nil)
    }

    @Test func olderDraftsAndMistakesAreCleaned() {
        let schema: JSONValue = [
            "type": "object", "required": true,
            "properties": [
                "a": ["type": "any", "exclusiveMinimum": true, "minimum": 1, "required": false],
                "b": ["type": "array", "items": [["type": "string"], ["type": "integer"]], "additionalItems": false],
                "c": ["enum": "x", "minLength": -1, "pattern": 5, "anyOf": []],
            ],
        ]
        #expect(
            repaired(schema) == [
                "type": "object",
                "properties": [
                    "a": ["minimum": 1],
                    "b": ["type": "array", "prefixItems": [["type": "string"], ["type": "integer"]], "items": false],
                    "c": [:],
                ],
            ]
        )
    }

    @Test func aLargeSchemaLosesItsWordsFirst() {
        let words = JSONValue.string(String(repeating: "word ", count: 100))
        let schema: JSONValue = [
            "type": "object", "properties": ["description": ["type": "string", "description": words]],
        ]
        #expect(repaired(schema) == schema)
        #expect(
            repaired(schema, maximumBytes: 200) == [
                "type": "object", "properties": ["description": ["type": "string"]],
            ]
        )
        #expect(repaired(schema, maximumBytes: 20) == nil)
    }

    @Test func aHugeSchemaIsNotMerged() {
        let branches = (0..<257).map { JSONValue.object(["required": [.string("a\($0)")]]) }
        #expect(repaired(["allOf": .array(branches)]) == nil)
        #expect(repaired(["allOf": .array(Array(branches.prefix(256)))]) != nil)
        let words = JSONValue.string(String(repeating: "x", count: 1_000))
        #expect(repaired(["type": "object", "description": words], maximumBytes: 100) == nil)
        #expect(repaired(["type": "object", "description": words], maximumBytes: 200) != nil)
    }

    @Test func argumentsGoIntoHeadersWhereTheServerWants() throws {
        let headers = try #require(
            ParameterHeaders(schema: [
                "properties": [
                    "region": ["type": "string", "x-mcp-header": "Region"],
                    "deep": ["properties": ["n": ["type": "integer", "x-mcp-header": "Num"]]],
                    "flag": ["type": "boolean", "x-mcp-header": "Flag"],
                ]
            ])
        )
        let fields = headers.fields(for: ["region": "日本", "deep": ["n": 7]])
        #expect(fields.map(\.name) == ["Mcp-Param-Num", "Mcp-Param-Region"])
        #expect(fields.map(\.value) == ["7", "=?base64?5pel5pys?="])
        for wish: JSONValue in ["a b", "", 7, "x\r\ny"] {
            #expect(ParameterHeaders(schema: ["properties": ["a": ["type": "string", "x-mcp-header": wish]]]) == nil)
        }
        #expect(ParameterHeaders(schema: ["properties": ["a": ["type": "number", "x-mcp-header": "A"]]]) == nil)
    }
}
