/// Requests for turns, as a phone would send them.
enum RunRequests {
    /// The body of `POST /agent/run`.
    static func body(session: String) -> String {
        #"{"session_id":"\#(session)","project_id":1729875,"milestone_id":499548,"#
            + #""prompt":"What is left to do in this milestone, and who does it?","#
            + #""auth_token":"bearer_token","refresh":"refresh_token","user_context":{"id":738718,"#
            + #""username":"jdlafond","email":"jdlafond@asu.edu","roles":["Back","Product Owner"]}}"#
    }

    /// The whole request, as it stands on the wire.
    static func turn(session: String) -> [UInt8] {
        post("/agent/run", headers: "X-Session-Id: \(session)\r\n", Array(body(session: session).utf8))
    }

    /// A request to the model with a body of so many bytes.
    static func model(bytes: Int) -> [UInt8] {
        post("/v1/messages", headers: "", Array(repeating: UInt8(ascii: " "), count: bytes))
    }

    private static func post(_ path: String, headers: String, _ body: [UInt8]) -> [UInt8] {
        Array(
            "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\(headers)Content-Length: \(body.count)\r\n\r\n"
                .utf8
        ) + body
    }
}
