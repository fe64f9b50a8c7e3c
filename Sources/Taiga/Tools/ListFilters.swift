import Agent

/// The filters that story and task lists share, with names resolved.
struct ListFilters {
    let milestone: Filter
    let assignedTo: Filter
    private let wantedStatus: IDOrName?
    /// Fetched only when there is something to resolve.
    private let project: Project?

    init(_ arguments: Arguments, on backend: any TaigaBackend, in context: RunContext) async throws(TaigaError) {
        let wantedMilestone = arguments.idOrName(.milestoneFilter)
        let wantedMember = arguments.idOrName(.assignedToFilter)
        wantedStatus = arguments.idOrName(.statusFilter)
        guard wantedMilestone != nil || wantedMember != nil || wantedStatus != nil else {
            project = nil
            milestone = arguments.isNull(.milestoneFilter) ? .absent : .any
            assignedTo = arguments.isNull(.assignedToFilter) ? .absent : .any
            return
        }
        let project = try await backend.project(in: context)
        self.project = project
        milestone =
            if let wantedMilestone {
                .id(try project.milestone(wantedMilestone).id)
            } else {
                arguments.isNull(.milestoneFilter) ? .absent : .any
            }
        assignedTo =
            if let wantedMember {
                .id(try project.member(wantedMember, requester: context.user).id)
            } else {
                arguments.isNull(.assignedToFilter) ? .absent : .any
            }
    }

    /// The id of the status that was asked for, found by `find`: stories and tasks have their own.
    func status(_ find: (Project) -> (IDOrName) throws(TaigaError) -> Status) throws(TaigaError) -> Int? {
        guard let wantedStatus, let project else { return nil }
        return try find(project)(wantedStatus).id
    }
}
