import Agent

/// The projects of a backend, as a user sees them.
struct TaigaDirectory: ProjectDirectory {
    let backend: any TaigaBackend
    let entrance: Entrance

    /// How many elements a list has at most. Taiga gives up to 1000 on a page, with 1 to 3 KB for each.
    static let most = 500

    func projects(of token: Secret?) async throws(DirectoryError) -> [ListedProject] {
        do throws(TaigaError) {
            let credentials = RunCredentials(Credentials(access: token))
            return try await backend.projects(Page(number: 1, size: Self.most), for: credentials).items
                .map { ListedProject(id: $0.id, name: $0.name) }
        } catch {
            throw DirectoryError(error)
        }
    }

    func milestones(of project: Int, for token: Secret?) async throws(DirectoryError) -> [ListedMilestone] {
        do throws(TaigaError) {
            // Taiga's list of milestones holds all their stories as well; the project's own has what is asked for.
            let project = try await backend.project(in: RunContext(of: project, for: token))
            guard project.permissions.contains(.viewMilestones) else { return [] }
            let milestones = project.milestones.map {
                ListedMilestone(id: $0.id, name: $0.name, isClosed: project.closedMilestones.contains($0.id))
            }
            return Array(
                milestones.sorted { ($0.isClosed ? 1 : 0, -$0.id) < ($1.isClosed ? 1 : 0, -$1.id) }.prefix(Self.most)
            )
        } catch {
            throw DirectoryError(error)
        }
    }

    func userStories(
        of project: Int,
        in milestone: Int?,
        for token: Secret?
    ) async throws(DirectoryError) -> [ListedStory] {
        do throws(TaigaError) {
            let context = RunContext(of: project, for: token)
            guard try await backend.project(in: context).permissions.contains(.viewUserStories) else { return [] }
            var query = UserStoryQuery()
            if let milestone { query.milestone = .id(milestone) }
            let page = Page(number: 1, size: Self.most)
            return try await backend.userStories(query, page: page, in: context).items
                .map { ListedStory(id: $0.item.id, ref: $0.item.ref, subject: $0.item.subject) }
        } catch {
            throw DirectoryError(error)
        }
    }
}

extension Credentials {
    /// A token that nobody can renew; an empty one for who showed none.
    fileprivate init(access token: Secret?) { self.init(authToken: token ?? Secret(""), refresh: Secret("")) }
}

extension RunContext {
    /// For a look at a project, without a run. Who looks is told by the token alone.
    fileprivate convenience init(of project: Int, for token: Secret?) {
        self.init(
            projectID: project,
            milestoneID: 0,
            user: UserContext(id: 0, username: "", email: "", roles: [UserContext.anyRole]),
            credentials: Credentials(access: token)
        )
    }
}

extension DirectoryError {
    /// What a refusal by Taiga is for someone who looks around.
    init(_ error: TaigaError) {
        let code: Code =
            switch error.code {
            case .unauthorized: .unauthorized
            case .notFound, .forbidden: .notFound
            default: error.retryAfter == nil ? .unavailable : .overloaded
            }
        self.init(code, error.message, retryAfter: error.retryAfter, file: error.file, line: error.line)
    }
}
