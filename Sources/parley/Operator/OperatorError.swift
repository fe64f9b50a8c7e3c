import Agent
import WebClient

/// Why an operator's command could not be done, in one line for the operator.
struct OperatorError: Error, Equatable {
    var message: String
    /// As `sysexits.h` numbers them, where it does.
    var exitStatus: Int32
    /// What kind of problem the service answered, such as `not-found`.
    var problem: String?

    static let failed: Int32 = 1
    static let unavailable: Int32 = 69
    static let noPermission: Int32 = 77

    init(_ message: String, exitStatus: Int32 = failed, problem: String? = nil) {
        self.message = message.printable
        self.exitStatus = exitStatus
        self.problem = problem
    }

    /// The service could not be asked.
    init(_ error: WebError) {
        let isUsage = error.code == .invalid
        self.init(
            isUsage ? "--url must be an http or https URL without a user or a query" : error.message,
            exitStatus: isUsage ? 64 : Self.unavailable
        )
    }

    /// The service refused with a problem, or with something else.
    init(status: Int, body: [UInt8], url: String) {
        let problem = try? JSONValue(parsing: body)
        let code = problem?["type"]?.stringValue?.split(separator: "/").last.map(String.init)
        let exitStatus =
            switch status {
            case 401, 403: Self.noPermission
            case 502, 503, 504: Self.unavailable
            default: Self.failed
            }
        guard let code, let title = problem?["title"]?.stringValue else {
            self.init("\(url) answered \(status): is this Parley?", exitStatus: exitStatus)
            return
        }
        var parts = ["\(title) (\(status) \(code))"]
        if let detail = problem?["detail"]?.stringValue { parts.append(detail) }
        for error in problem?["errors"]?.arrayValue ?? [] {
            parts.append("\(error["field"]?.stringValue ?? "?") \(error["message"]?.stringValue ?? "is wrong")")
        }
        if status == 401 { parts.append("set OPS_TOKEN or give --token") }
        self.init(parts.joined(separator: "; "), exitStatus: exitStatus, problem: code)
    }

    /// The answer is not of the shape that was asked for.
    static func strange(_ url: String) -> Self {
        Self("\(url) answered something else than was asked for: is this Parley?")
    }
}
