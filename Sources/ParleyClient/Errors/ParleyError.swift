/// Why something did not happen: what the service answered instead (RFC 9457), or why it could not be asked.
public struct ParleyError: Error, Sendable, Equatable {
    /// What is wrong with one field of a request.
    public struct FieldError: Sendable, Hashable, Decodable {
        /// Such as `user_context.id`.
        public var field: String
        public var message: String
    }

    public var code: Code
    /// What kind of problem it is, in words.
    public var title: String
    /// What there is to say about this one.
    public var detail: String?
    /// The status of the response; `nil` when there was none.
    public var status: Int?
    /// For ``Code/invalid``: each field that is wrong.
    public var fieldErrors: [FieldError]
    /// What the service's logs call the request.
    public var requestID: String?
    /// After this time the very same request may be sent again, under the same key. The client has done so as often as its
    /// settings let it.
    public var retryAfter: Duration?
    /// The run that holds the session, for ``Code/sessionBusy``.
    public var runID: String?
    /// The user's new tokens, when they had to be refreshed before it went wrong; the client has told its callback.
    public var auth: ParleyClient.TokenPair?

    init(_ code: Code, _ title: String, detail: String? = nil, status: Int? = nil) {
        self.code = code
        self.title = title
        self.detail = detail
        self.status = status
        fieldErrors = []
    }

    /// Whether the same request may do better a little later.
    public var isPassing: Bool { retryAfter != nil || code.isPassing }
}

extension ParleyError: CustomStringConvertible {
    /// One line for people.
    public var description: String {
        let label = status.map { "\($0) \(code.rawValue)" } ?? code.rawValue
        let fields = fieldErrors.map { "\($0.field) \($0.message)" }
        return (["\(title) (\(label))"] + [detail].compactMap { $0 } + fields).joined(separator: "; ")
    }
}
