import Agent

/// The service's contract as OpenAPI 3.1. It is written by hand, in parts below `Document/`: each a piece of the document
/// with the paths and schemas of one matter. Tests hold it against the routes and against what they answer.
enum Contract {
    static let document = parts.map(parsed).reduce(JSONValue.object([:])) { $0.merged(with: $1) }

    private static let parts = [
        PackageResources.service_json, PackageResources.runs_json, PackageResources.sessions_json,
        PackageResources.directory_json, PackageResources.page_json, PackageResources.events_json,
        PackageResources.responses_json, PackageResources.problems_json,
    ]

    private static func parsed(_ part: [UInt8]) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: part)
        } catch {
            preconditionFailure("A part of the contract is no JSON: \(error)")
        }
    }

    /// What a kind of problem means, as `GET /problems/{code}` tells it; `nil` when there is none of that name.
    static func meaning(ofProblem code: String) -> JSONValue? {
        guard let schema = document["components"]?["schemas"]?["problem-\(code)"],
            let status = schema["properties"]?["status"]
        else { return nil }
        return [
            "type": .string("/problems/\(code)"), "title": schema["title"] ?? .null,
            "statuses": status["enum"] ?? status["const"].map { .array([$0]) } ?? [],
            "description": schema["description"] ?? .null,
        ]
    }
}

extension JSONValue {
    /// Both documents' members; objects that both have are merged, anything else is taken from `other`.
    fileprivate func merged(with other: JSONValue) -> JSONValue {
        guard case .object(let members) = self, case .object(let others) = other else { return other }
        return .object(members.merging(others) { $0.merged(with: $1) })
    }
}
