import Agent
import HTTPTypes
import Hummingbird

extension Problem {
    /// The problem as a response; `instance` is the id of the request that met it.
    func response(instance: String) -> Response {
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
        var response = Response(json: .object(members), status: code.status)
        response.headers[.contentType] = "application/problem+json"
        if let seconds = code.retryAfter { response.headers[.retryAfter] = String(seconds) }
        return response
    }
}
