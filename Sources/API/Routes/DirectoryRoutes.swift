import Agent
import HTTPTypes
import Hummingbird

/// `GET /agent/setup`, `POST /agent/login`, `GET /agent/projects` and the lists below it: for clients that cannot ask the
/// project-management system themselves. Where it is known to nobody, there are no such routes.
struct DirectoryRoutes {
    let directory: any ProjectDirectory
    let limits: APIConfiguration

    func add(to router: Router<ParleyRequestContext>) {
        let setup = directory.entrance.json.encoded()
        router.get("agent/setup") { _, _ in Response(jsonBytes: setup) }
        if case .signIn(let desk) = directory.entrance {
            router.post("agent/login") { request, _ in try await signIn(request, at: desk) }
        }
        router.get("agent/projects", use: projects)
        router.get("agent/projects/:id/milestones", use: milestones)
        router.get("agent/projects/:id/user_stories", use: userStories)
    }

    private func signIn(_ request: Request, at desk: any SignIn) async throws -> Response {
        let bytes = try await request.jsonBody(upTo: limits.maxBodyBytes, within: limits.bodyTimeout)
        let login = try LoginBody(parsing: bytes.readableBytesView)
        var response = Response(json: try await desk.signIn(login.username, login.password).json)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    @Sendable private func projects(_ request: Request, context: ParleyRequestContext) async throws -> Response {
        Response(json: ["projects": .array(try await directory.projects(of: token(of: request)).map(\.json))])
    }

    @Sendable private func milestones(_ request: Request, context: ParleyRequestContext) async throws -> Response {
        let listed = try await directory.milestones(of: projectID(context), for: token(of: request))
        return Response(json: ["milestones": .array(listed.map(\.json))])
    }

    @Sendable private func userStories(_ request: Request, context: ParleyRequestContext) async throws -> Response {
        let project = try projectID(context)
        var parameters = Parameters(of: request)
        let milestone = parameters.integer("milestone_id", in: FieldReader.ids)
        try parameters.finish()
        let listed = try await directory.userStories(of: project, in: milestone, for: token(of: request))
        return Response(json: ["user_stories": .array(listed.map(\.json))])
    }

    private func token(of request: Request) -> Secret? { request.bearer.map { Secret(String($0)) } }

    /// The project that the path names. What was never the id of a project is none.
    private func projectID(_ context: ParleyRequestContext) throws(Problem) -> Int {
        guard let id = context.parameters.get("id").flatMap({ Int($0) }), FieldReader.ids.contains(id) else {
            throw Problem(.notFound)
        }
        return id
    }
}
