import Agent
import Logging
import WebClient

/// Signs users in at a Taiga server with `POST /auth`. It remembers nothing and says nothing about whom.
struct TaigaSignIn: SignIn {
    let settings: TaigaSettings
    let web: WebClient
    let logger: Logger

    func signIn(_ username: String, _ password: Secret) async throws(DirectoryError) -> SignedInUser {
        let reply: WebReply
        do throws(WebError) {
            reply = try await web.reply(to: request(username, password))
        } catch {
            logger.warning("Sign-in failed", metadata: ["error": "\(error.code)"])
            guard error.code != .overloaded else {
                throw DirectoryError(.overloaded, "Too many requests are under way.", retryAfter: 1)
            }
            throw DirectoryError(.unavailable, "Taiga cannot be reached, or did not answer in time.")
        }
        logger.debug("Sign-in answered", metadata: ["status": "\(reply.status)"])
        switch reply.status {
        case 200..<300: return try Self.read(reply.body)
        // Which it is depends on what is wrong with name or password.
        case 400, 401, 403: throw DirectoryError(.unauthorized, "Taiga does not accept this name and password.")
        case 429:
            let wait = reply.headers.throttleSeconds ?? TaigaError.usualWait
            throw DirectoryError(.overloaded, "Taiga is throttling sign-ins.", retryAfter: wait)
        default: throw DirectoryError(.unavailable, "Taiga answered a sign-in with status \(reply.status).")
        }
    }

    private func request(_ username: String, _ password: Secret) -> WebRequest {
        var headers = WebHeaders.taiga
        headers["content-type"] = "application/json"
        var limits = WebLimits()
        limits.bodyBytes = 256 * 1024
        let body: JSONValue = [
            "type": "normal", "username": .string(username), "password": .string(password.reveal()),
        ]
        return WebRequest(
            .post,
            settings.root + "/auth",
            headers: headers,
            body: body.encoded(),
            deadline: .now + settings.requestTimeout,
            limits: limits
        )
    }

    private static func read(_ body: [UInt8]) throws(DirectoryError) -> SignedInUser {
        do throws(Unreadable) {
            guard let json = try? JSONValue(parsing: body) else { throw Unreadable(what: "no JSON") }
            return SignedInUser(
                user: UserContext(
                    id: try json.integer("id"),
                    username: try json.text("username"),
                    email: json["email"]?.stringValue ?? "",
                    roles: try json.elements("roles") { (role) throws(Unreadable) in role.stringValue }.compactMap(
                        \.self
                    )
                ),
                credentials: Credentials(
                    authToken: Secret(try json.text("auth_token")),
                    refresh: Secret(try json.text("refresh"))
                )
            )
        } catch {
            throw DirectoryError(.unavailable, "Taiga's answer to a sign-in cannot be understood: \(error.what).")
        }
    }
}
