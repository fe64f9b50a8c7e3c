import Agent
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

@testable import API

/// The contract at `/openapi.json`, held against the routes and the code.
@Suite struct ContractTests {
    private let document = Contract.document
    private static let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]

    /// A worker that has every route there is.
    private func router() -> Router<ParleyRequestContext> {
        var configuration = APIConfiguration()
        configuration.operatorToken = Secret("right")
        let store = ScriptedStore()
        let runner = Runner(
            model: ScriptedModel(texts: []),
            tools: ScriptedTools(),
            store: store,
            codec: WireCodec()
        )
        return buildRouter(
            runs: RunHost(runner: runner, store: ScriptedRunStore()),
            store: store,
            parts: WorkerParts(store: "s", model: "m", tools: "t"),
            directory: ScriptedDirectory(),
            configuration: configuration
        )
    }

    /// `get /agent/session/{}`: what a parameter is called does not matter.
    private static func name(_ method: String, _ path: String) -> String {
        method.lowercased() + " " + path.replacing(/\{[^}]*\}/, with: "{}")
    }

    /// Every operation of the document, by its name.
    private var operations: [String: JSONValue] {
        var operations: [String: JSONValue] = [:]
        for (path, item) in document["paths"]?.objectValue ?? [:] {
            for (method, operation) in resolved(item).objectValue ?? [:] where Self.methods.contains(method) {
                operations[Self.name(method, path)] = operation
            }
        }
        return operations
    }

    @Test func everyRouteIsDocumentedAndEveryDocumentedPathIsARoute() async throws {
        let router = router()
        let served = router.routes.map { (method: $0.method, path: "\($0.path)") }
        let answers = try await Application(router: router, logger: .silent).test(.router) { client in
            var answers: [String: HTTPResponse.Status] = [:]
            for (method, path) in served {
                let uri = path.replacing(/\{[^}]*\}/, with: "x")
                answers[Self.name(method.rawValue, path)] = try await client.execute(uri: uri, method: method).status
            }
            return answers
        }
        let routes = Set(answers.filter { $0.value != .methodNotAllowed }.keys)
        let documented = Set(operations.keys)
        #expect(documented.subtracting(routes) == [], "documented, but no route")
        #expect(routes.subtracting(documented) == [], "routes without documentation")
        #expect(documented.count >= 46)
        // Each path was tried with methods that it does not have.
        #expect(answers.count(where: { $0.value == .methodNotAllowed }) > documented.count)
    }

    @Test func anotherMethodIsRefusedWithThoseThatThereAre() async throws {
        let response = try await withWorker { try await $0.execute(uri: "/agent/session/s", method: .put) }
        #expect(response.problem(.methodNotAllowed) == "method-not-allowed")
        #expect(response.headers[.allow] == "DELETE, GET")
    }

    @Test func problemsAreTheSameInTheCodeAndInTheDocument() {
        let schemas = (document["components"]?["schemas"]?.objectValue ?? [:]).filter { $0.key.hasPrefix("problem-") }
        let codes = Dictionary(uniqueKeysWithValues: Problem.Code.all.map { ("problem-" + $0.text, $0) })
        // The proxy's word: no worker says it.
        #expect(Set(schemas.keys) == Set(codes.keys).union(["problem-unavailable"]))
        for (name, code) in codes {
            let schema = schemas[name]
            #expect(schema?["title"]?.stringValue == code.title)
            #expect(schema?["properties"]?["type"]?["const"]?.stringValue == "/problems/" + code.text)
            #expect(schema?["properties"]?["status"]?["const"]?.intValue == code.status.code)
            #expect(schema?["description"]?.stringValue?.isEmpty == false)
        }
    }

    @Test func everyTypeOfAProblemLeadsToItsMeaning() async throws {
        for code in Problem.Code.all.map(\.text) + ["unavailable"] {
            let response = try await withWorker { try await $0.execute(uri: "/problems/\(code)", method: .get) }
            #expect(response.status == .ok)
            #expect(response.json["type"]?.stringValue == "/problems/\(code)")
            #expect(response.json["statuses"]?.arrayValue?.isEmpty == false)
            #expect(response.json["description"]?.stringValue?.isEmpty == false)
        }
        let response = try await withWorker { try await $0.execute(uri: "/problems/none", method: .get) }
        #expect(response.problem(.notFound) == "not-found")
    }

    @Test func whatTheProxySaysHasAMeaning() throws {
        let configuration = try String(contentsOfFile: "deploy/nginx.conf", encoding: .utf8)
        let map = try #require(configuration.firstMatch(of: /map \$status \$problem_code \{([^}]*)\}/)).output.1
        let codes = map.matches(of: /\S+ ([a-z-]+);/).map { String($0.output.1) }
        #expect(codes.contains("unavailable") && codes.contains("malformed"))
        for code in codes { #expect(Contract.meaning(ofProblem: code) != nil, "\(code)") }
    }

    /// A problem stands below its own status, with `Retry-After` where it has one.
    @Test func everyResponseTellsTheProblemsOfItsStatus() throws {
        var said: Set<String> = []
        for (name, operation) in operations {
            for (status, response) in operation["responses"]?.objectValue ?? [:] {
                let response = resolved(response)
                let content = response["content"]?.objectValue ?? [:]
                guard let schema = content["application/problem+json"]?["schema"] else {
                    #expect(status < "400", "\(name) \(status)")
                    continue
                }
                let references = (schema["oneOf"]?.arrayValue ?? [schema]).compactMap { $0["$ref"]?.stringValue }
                #expect(!references.isEmpty, "\(name) \(status)")
                var retries = false
                for reference in references {
                    let text = try #require(reference.split(separator: "/").last).dropFirst("problem-".count)
                    let code = try #require(Problem.Code.all.first { $0.text == text }, "\(name) \(reference)")
                    #expect(String(code.status.code) == status, "\(name) \(reference)")
                    retries = retries || code.retryAfter != nil
                    said.insert(code.text)
                }
                #expect((response["headers"]?["Retry-After"] != nil) == retries, "\(name) \(status)")
            }
            #expect(operation["responses"]?["500"] != nil, "\(name)")
        }
        // Those two no operation answers with: another method does, and a run that is looked at.
        let unsaid = Set(Problem.Code.all.map(\.text)).subtracting(said)
        #expect(unsaid == ["method-not-allowed", "worker-lost"])
    }

    @Test func everyReferenceLeadsSomewhere() {
        var references: Set<String> = []
        func collect(_ value: JSONValue) {
            switch value {
            case .object(let members):
                if let reference = members["$ref"]?.stringValue { references.insert(reference) }
                members.values.forEach(collect)
            case .array(let elements): elements.forEach(collect)
            default: break
            }
        }
        collect(document)
        for reference in references { #expect(resolved(["$ref": .string(reference)]) != .null, "\(reference)") }
        let schemas = (document["components"]?["schemas"]?.objectValue ?? [:]).keys
        let unused = Set(schemas.map { "#/components/schemas/\($0)" }).subtracting(references)
        #expect(unused.map { String($0.dropFirst("#/components/schemas/".count)) }.sorted() == Self.onlyForPeople)
    }

    /// What no response refers to by itself.
    private static let onlyForPeople = ["problem-method-not-allowed", "problem-unavailable", "problem-worker-lost"]

    @Test func everyWayToStopIsListed() {
        let stops: [Stop] = [
            .deadline, .cancelled, .interrupted, .cleared, .superseded, .workerLost, .unauthorized, .steps, .toolCalls,
            .writeCalls, .loop(tool: "x"), .modelFailed(.refused), .maxTokens, .contextWindow, .refusal,
        ]
        let schema = document["components"]?["schemas"]?["RunAnswer"]?["properties"]?["stopped_by"]
        let listed = schema?["enum"]?.arrayValue ?? []
        #expect(listed.first == .null)
        #expect(Set(listed.compactMap(\.stringValue)) == Set(stops.map(\.code)))
    }

    @Test func itIsServedAsItIs() async throws {
        let response = try await withWorker { try await $0.execute(uri: "/openapi.json", method: .get) }
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == "application/json")
        #expect(response.json == document)
        #expect(response.json["openapi"] == "3.1.0")
    }

    /// What a reference stands for, or the value itself.
    private func resolved(_ value: JSONValue) -> JSONValue {
        guard let reference = value["$ref"]?.stringValue, reference.hasPrefix("#/") else { return value }
        return reference.dropFirst(2).split(separator: "/").reduce(document) { $0[String($1)] ?? .null }
    }
}
