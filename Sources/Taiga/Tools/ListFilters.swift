import Agent

/// The filters that story and task lists share, with names resolved.
struct ListFilters {
    let milestone: Filter
    let assignedTo: Filter

    init(_ arguments: Arguments, in scope: ToolScope) throws(TaigaError) {
        milestone =
            if let wanted = arguments.idOrName(.milestoneFilter) {
                .id(try scope.project.milestone(wanted).id)
            } else {
                arguments.isNull(.milestoneFilter) ? .absent : .any
            }
        assignedTo =
            if let wanted = arguments.idOrName(.assignedToFilter) {
                .id(try scope.project.member(wanted, requester: scope.context.user).id)
            } else {
                arguments.isNull(.assignedToFilter) ? .absent : .any
            }
    }
}
