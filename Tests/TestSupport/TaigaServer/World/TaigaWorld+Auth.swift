package import Agent

extension TaigaWorld {
    /// An answer instead of the one that was asked for.
    struct Refused: Error { var reply: Reply }

    /// A new token pair, good until it is made to expire.
    package mutating func issueTokens(to userID: Int) -> Credentials {
        lastToken += 1
        let access = "eyJhbGciOiJIUzI1NiJ9.access-\(userID)-\(lastToken).canary-access"
        let refresh = "eyJhbGciOiJIUzI1NiJ9.refresh-\(userID)-\(lastToken).canary-refresh"
        accessTokens[access] = userID
        refreshTokens[refresh] = userID
        return Credentials(authToken: Secret(access), refresh: Secret(refresh))
    }

    /// Lets every access token given out so far expire.
    package mutating func expireAccessTokens() { accessTokens = [:] }

    /// Lets every refresh token given out so far expire.
    package mutating func expireRefreshTokens() { refreshTokens = [:] }

    /// Who asks; `nil` for nobody, as every request without the scheme `Bearer`, spelled so, counts.
    func requester(of request: Request) -> Result<Int?, Refused> {
        guard let field = request.header("authorization"), field.hasPrefix("Bearer") else { return .success(nil) }
        let parts = field.split(separator: " ")
        guard parts.count == 2, parts[0] == "Bearer" else {
            return .failure(
                Refused(
                    reply: Self.token(
                        "Authorization header must contain two space-delimited values",
                        "bad_authorization_header"
                    )
                )
            )
        }
        if let userID = accessTokens[String(parts[1])] { return .success(userID) }
        let isRefresh = refreshTokens[String(parts[1])] != nil
        let messages: JSONValue = [
            [
                "token_class": "AccessToken", "token_type": "access",
                "message": isRefresh ? "Token has wrong type" : "Token is invalid or expired",
            ]
        ]
        let text = "Given token not valid for any token type"
        return .failure(Refused(reply: Self.token(text, "token_not_valid", messages)))
    }

    private static func token(_ detail: String, _ code: String, _ messages: JSONValue? = nil) -> Reply {
        var members: [String: JSONValue] = ["detail": .string(detail), "code": .string(code)]
        members["messages"] = messages
        var reply = Reply.json(401, .object(members))
        reply.headers.append(("WWW-Authenticate", "Bearer realm=\"api\""))
        return reply
    }

    /// `POST /auth` and `POST /auth/refresh`. A refresh token works once, and makes another pair.
    mutating func authenticate(_ request: Request, _ path: [String], _ body: [String: JSONValue]) -> Reply {
        guard request.method == "POST" else {
            return .refusal(405, "Method '\(request.method)' not allowed.", "MethodNotAllowed")
        }
        switch path.dropFirst().first {
        case nil: return signIn(body)
        case "refresh":
            guard let token = body["refresh"]?.stringValue, !token.isEmpty else {
                return .fields(["refresh": "This field is required."])
            }
            guard let userID = refreshTokens.removeValue(forKey: token) else {
                return Self.token("Token is invalid or expired", "token_not_valid")
            }
            return .json(200, .object(tokens(of: userID)))
        default: return .noSuchPath
        }
    }

    private mutating func signIn(_ body: [String: JSONValue]) -> Reply {
        guard body["type"] == "normal" else { return .refusal(400, "invalid login type", "BadRequest") }
        let missing = ["username", "password"].filter { body[$0]?.stringValue == nil }
        guard missing.isEmpty else {
            return .fields(Dictionary(missing.map { ($0, "This field is required.") }, uniquingKeysWith: { $1 }))
        }
        let name = body["username"]?.stringValue?.lowercased()
        guard let user = users.first(where: { $0.username == name || $0.email == name }),
            user.password == body["password"]?.stringValue
        else { return Self.token("No active account found with the given credentials", "invalid_credentials") }
        return .json(200, .object(json(of: user, isSelf: true).merging(tokens(of: user.id)) { $1 }))
    }

    private mutating func tokens(of userID: Int) -> [String: JSONValue] {
        let pair = issueTokens(to: userID)
        return ["auth_token": .string(pair.authToken.reveal()), "refresh": .string(pair.refresh.reveal())]
    }
}
