/// An error as it is on the wire: RFC 9457 `application/problem+json`.
struct ProblemBody: Decodable {
    /// `about:blank`, or missing, when there is nothing more to say than the status.
    var type: String?
    var title: String?
    var status: Int?
    var detail: String?
    var instance: String?
    var errors: [ParleyError.FieldError]?
    var runID: String?
    var auth: ParleyClient.TokenPair?

    private enum CodingKeys: String, CodingKey {
        case type, title, status, detail, instance, errors, auth
        case runID = "run_id"
    }
}

extension ParleyError {
    init(_ body: ProblemBody) {
        let code = body.type?.split(separator: "/").last.map { Code(rawValue: String($0)) } ?? .unreadable
        self.init(code, body.title ?? code.rawValue, detail: body.detail, status: body.status)
        fieldErrors = body.errors ?? []
        requestID = body.instance
        runID = body.runID
        auth = body.auth
    }
}
