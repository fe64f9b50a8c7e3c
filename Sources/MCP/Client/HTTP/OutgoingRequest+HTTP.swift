import Agent
import WebClient

extension OutgoingRequest {
    /// The fields of the POST that carries the request. Source: MCP, Streamable HTTP, of either era.
    var headers: WebHeaders {
        var headers = agreement.headers(opens: method == Method.initialize)
        headers.add("Content-Type", "application/json")
        headers.add("Accept", "application/json, text/event-stream")
        if agreement.era == .modern {
            headers.add(HeaderName.method, method)
            if method == Method.callTool, let name = params["name"]?.stringValue {
                headers.add(HeaderName.name, HeaderText.encode(name))
            }
        }
        for field in fields { headers.add(field.name, field.value) }
        return headers
    }
}

extension Agreement {
    /// The fields of everything that is sent under the agreement; `initialize` goes before there is one.
    func headers(opens: Bool = false) -> WebHeaders {
        var headers = WebHeaders()
        if !opens { headers.add(HeaderName.protocolVersion, version.rawValue) }
        if let session { headers.add(HeaderName.session, session) }
        return headers
    }
}

extension MCPError {
    /// What a failed transfer means.
    init(_ error: WebError) {
        let (code, message): (Code, String) =
            switch error.code {
            case .connect, .tls: (.unreachable, "it cannot be reached")
            case .overloaded: (.overloaded, "too many requests are under way")
            case .stopped: (.stopped, "the client has ended")
            case .tooLarge: (.tooLarge, "its answer is too large")
            case .malformed: (.malformed, "its answer is no HTTP")
            case .deadline: (.timeout, "it does not answer in time")
            case .cancelled: (.cancelled, "the request was cancelled")
            case .invalid: (.invalid, "the request cannot be sent")
            default: (.closed, "it broke off")
            }
        self.init(code, message, underlying: error)
    }
}
