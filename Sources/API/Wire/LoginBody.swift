import Agent

/// The body of `POST /agent/login`.
struct LoginBody {
    var username: String
    var password: Secret

    /// - Throws: `malformed` for what is no JSON object, `invalid` with every wrong field.
    init(parsing bytes: some Collection<UInt8>) throws(Problem) {
        var fields = FieldReader(try members(parsing: bytes))
        username = fields.filledString("username", maxLength: 255)
        password = Secret(fields.filledString("password", maxLength: 1024, allowing: .text))
        try fields.finish()
    }
}
