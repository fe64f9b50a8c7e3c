import HTTPTypes

extension HTTPField.Name {
    /// Tells nginx to pass the answer on as it comes.
    static let accelBuffering = HTTPField.Name(wellFormed: "X-Accel-Buffering")
    static let idempotentReplayed = HTTPField.Name(wellFormed: "Idempotent-Replayed")
    static let idempotencyKey = HTTPField.Name(wellFormed: "Idempotency-Key")
    static let lastEventID = HTTPField.Name(wellFormed: "Last-Event-ID")
    static let referrerPolicy = HTTPField.Name(wellFormed: "Referrer-Policy")
    static let requestID = HTTPField.Name(wellFormed: "X-Request-Id")
    static let sessionID = HTTPField.Name(wellFormed: "X-Session-Id")

    private init(wellFormed name: StaticString) {
        guard let field = HTTPField.Name("\(name)") else { preconditionFailure("\(name) is no header name") }
        self = field
    }
}
