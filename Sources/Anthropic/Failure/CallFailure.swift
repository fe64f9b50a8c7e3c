import Agent
import WebClient

/// Why one attempt gave no answer, and what that says about another one.
struct CallFailure: Error, Equatable {
    var code: ModelError.Code
    var message: String
    /// Whether another attempt may go better.
    var isPassing: Bool
    /// Whether the provider refused the call for load: the next ones would fare no better.
    var isOverload = false
    /// How long the provider asks to wait before it; `nil` when it does not say.
    var wait: Duration?
    var requestID: String?

    static func malformed(_ message: String) -> CallFailure {
        CallFailure(code: .malformed, message: message, isPassing: false)
    }

    /// A stream, or a connection, that ended too early.
    static func brokenOff(_ message: String) -> CallFailure {
        CallFailure(code: .unavailable, message: message, isPassing: true)
    }

    init(code: ModelError.Code, message: String, isPassing: Bool, wait: Duration? = nil, requestID: String? = nil) {
        self.code = code
        self.message = message
        self.isPassing = isPassing
        self.wait = wait
        self.requestID = requestID
    }

    /// What the transport says.
    init(_ error: WebError) {
        let (code, isPassing): (ModelError.Code, Bool) =
            switch error.code {
            case .deadline: (.deadline, false)
            case .cancelled: (.cancelled, false)
            case .malformed, .tooLarge: (.malformed, false)
            case .connect, .closed: (.unavailable, true)
            case .overloaded: (.overloaded, false)
            // The address or the key in the settings cannot be sent.
            case .invalid: (.refused, false)
            default: (.unavailable, false)
            }
        self.init(code: code, message: error.message, isPassing: isPassing)
    }

    /// An answer with an error status. Source: https://docs.claude.com/en/api/errors
    init(status: Int, headers: WebHeaders, body: [UInt8], now: HTTPDate) {
        let retryAfter = RetryAfter.duration(in: headers, now: now)
        let orders = headers["x-should-retry"]
        switch status {
        case 529: code = .overloaded
        // A spending limit has no `retry-after`: it ends with the month, not with the minute.
        case 429: code = retryAfter == nil && orders != "true" ? .refused : .overloaded
        case 408, 409, 500...: code = .unavailable
        default: code = .refused
        }
        isOverload = code == .overloaded
        isPassing = orders == "true" || (orders != "false" && code != .refused)
        wait = retryAfter
        requestID = headers.requestID
        message = "status \(status)" + Self.words(in: try? JSONValue(parsing: body))
    }

    /// An `error` event inside a stream: the status had to be sent before.
    init(streamed data: JSONValue) {
        let type = data["error"]?["type"]?.stringValue ?? ""
        switch type {
        case "overloaded_error", "rate_limit_error": code = .overloaded
        case "invalid_request_error", "authentication_error", "permission_error", "not_found_error",
            "request_too_large", "billing_error":
            code = .refused
        default: code = .unavailable
        }
        isOverload = code == .overloaded
        isPassing = code != .refused
        message = "error in the stream" + Self.words(in: data)
    }

    /// The provider's own words, as far as they go on one line.
    private static func words(in json: JSONValue?) -> String {
        guard let error = json?["error"] else { return "" }
        let words = [error["type"]?.stringValue, error["message"]?.stringValue].compactMap { $0 }
        let line = words.joined(separator: ": ").prefix(300)
        return line.isEmpty ? "" : ", " + String(line.map { $0.isNewline ? " " : $0 })
    }
}

extension WebHeaders {
    /// The provider's name for the call.
    var requestID: String? { self["request-id"] ?? self["x-request-id"] }
}

extension ModelError {
    init(_ failure: CallFailure, underlying: (any Error)? = nil, file: String = #fileID, line: Int = #line) {
        self.init(
            failure.code,
            failure.message,
            requestID: failure.requestID,
            underlying: underlying,
            file: file,
            line: line
        )
    }
}
