import Agent
import Hummingbird

/// Finds out who asks.
struct Callers: Sendable {
    let operators: Operators
    /// `nil`: nobody has to show who they are (`AUTH=off`).
    let authenticator: (any Authenticator)?

    /// Who wants to read or clear a session.
    /// - Throws: `unauthorized` for who shows no token, or one that is not accepted.
    func caller(of request: Request) async throws -> Caller {
        if operators.include(request) { return .operator }
        guard let authenticator else { return .anyone }
        guard let token = request.bearer else { throw Problem(.unauthorized) }
        let credentials = Credentials(authToken: Secret(String(token)), refresh: Secret(""))
        return .principal(try await authenticator.principal(of: RunCredentials(credentials)))
    }

    /// Who asks for a run: the user of the body's token, whom the body must name.
    /// - Parameter recall: the stored answer of the very same request, for who proves to have asked it. It is looked for
    ///   before the project-management system is: the tokens of the retry may be dead, and the new ones in the answer.
    func principal(
        of context: RunContext,
        orRecall recall: (Principal) async throws -> RunReply?
    ) async throws -> Identity {
        let claimed = Principal(userID: context.user.id)
        guard let authenticator else { return .principal(claimed) }
        if authenticator.known(context.credentials) == nil, let reply = try await recall(claimed) {
            return .replied(reply)
        }
        let principal: Principal
        do throws(AuthenticationError) {
            principal = try await authenticator.principal(of: context.credentials)
        } catch {
            // The pair may have been refreshed before it went wrong.
            var problem = Problem(error)
            problem.auth = context.credentials.refreshed
            throw problem
        }
        guard principal == claimed else {
            let error = Problem.FieldError(field: "user_context.id", message: "must be the user of auth_token")
            var problem = Problem(.invalid, errors: [error])
            problem.auth = context.credentials.refreshed
            throw problem
        }
        return .principal(principal)
    }

    enum Identity {
        case principal(Principal)
        case replied(RunReply)
    }
}
