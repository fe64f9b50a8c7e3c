import Agent
import HTTPTypes
import Hummingbird

extension Problem {
    /// The problem as JSON; `instance` is the id of the request that met it.
    func json(instance: String) -> JSONValue {
        var members: [String: JSONValue] = [
            "type": .string("/problems/\(code.text)"),
            "title": .string(code.title),
            "status": .int(code.status.code),
            "instance": .string(instance),
        ]
        members["run_id"] = runID.map(JSONValue.string)
        members["auth"] = auth?.json
        members["detail"] = detail.map(JSONValue.string)
        if !errors.isEmpty {
            members["errors"] = .array(
                errors.map { ["field": .string($0.field), "message": .string($0.message)] }
            )
        }
        return .object(members)
    }

    /// The problem as a response.
    func response(instance: String) -> Response {
        var response = Response(json: json(instance: instance), status: code.status)
        response.headers[.contentType] = "application/problem+json"
        if let seconds = retryAfter { response.headers[.retryAfter] = String(seconds) }
        if !allowed.isEmpty { response.headers[.allow] = allowed.map(\.rawValue).joined(separator: ", ") }
        return response
    }
}
