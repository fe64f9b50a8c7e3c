import Agent

extension SandboxState {
    /// The project that the requirements' examples are about, a few weeks into its life.
    static func demo(limits: Limits = Limits()) -> SandboxState {
        var state = SandboxState(project: .demo, milestones: Milestone.demo, limits: limits)
        do {
            try state.fill()
        } catch {
            preconditionFailure("The limits have no room for the demo's own content: \(error)")
        }
        return state
    }

    private mutating func fill() throws(TaigaError) {
        let sprint = Milestone.demo[0]
        let current = Named(id: sprint.id, name: sprint.name)
        let story = project.userStoryStatuses
        let task = project.taskStatuses
        let (smith, jones, kim) = (Member.alexSmith.named, Member.alexJones.named, Member.alexKim.named)

        let login = try create(
            UserStoryDraft(
                item: ItemDraft(
                    subject: "Sign in with e-mail and password",
                    description: "As a member I want to sign in so that I see my projects.",
                    status: story[2],
                    assignedTo: smith,
                    tags: ["login"]
                ),
                milestone: current
            )
        )
        try create("Design the sign-in screen", task[3], kim, under: login)
        try create("Keep the user signed in", task[1], smith, under: login)

        let board = try create(
            UserStoryDraft(
                item: ItemDraft(subject: "Show the sprint's task board", status: story[1], assignedTo: jones),
                milestone: current
            )
        )
        try create("Load the tasks of a sprint", task[0], jones, under: board)

        _ = try create(
            UserStoryDraft(item: ItemDraft(subject: "Work without a connection", tags: ["offline"]), milestone: nil)
        )
    }

    private mutating func create(
        _ subject: String,
        _ status: Status,
        _ member: Named,
        under story: UserStory
    ) throws(TaigaError) {
        _ = try create(
            TaskDraft(item: ItemDraft(subject: subject, status: status, assignedTo: member), story: story.link)
        )
    }
}

extension Project {
    /// The statuses are those of a new Taiga project.
    fileprivate static let demo = Project(
        id: Guest.demo.projectID,
        name: "Mobile App",
        slug: "mobile-app",
        description: "The demo project: an app for the phone. It lives in memory and is new with each start.",
        members: [
            Member(
                id: Guest.demo.user.id,
                username: Guest.demo.user.username,
                fullName: "J. D. Lafond",
                email: Guest.demo.user.email,
                role: "Product Owner"
            ),
            .alexSmith, .alexJones, .alexKim,
        ],
        userStoryStatuses: [
            Status(id: 101, name: "New", isClosed: false), Status(id: 102, name: "Ready", isClosed: false),
            Status(id: 103, name: "In progress", isClosed: false),
            Status(id: 104, name: "Ready for test", isClosed: false), Status(id: 105, name: "Done", isClosed: true),
            Status(id: 106, name: "Archived", isClosed: true),
        ],
        taskStatuses: [
            Status(id: 201, name: "New", isClosed: false), Status(id: 202, name: "In progress", isClosed: false),
            Status(id: 203, name: "Ready for test", isClosed: true), Status(id: 204, name: "Closed", isClosed: true),
            Status(id: 205, name: "Needs Info", isClosed: false),
        ],
        milestones: Milestone.demo.map { Named(id: $0.id, name: $0.name) },
        closedMilestones: Set(Milestone.demo.filter(\.isClosed).map(\.id))
    )
}

extension Guest {
    /// The requester of the requirements' examples, in their project and milestone.
    static let demo = Guest(
        user: UserContext(id: 738_718, username: "jdlafond", email: "jdlafond@asu.edu", roles: ["Product Owner"]),
        projectID: 1_729_875,
        milestoneID: 499_548
    )
}

extension Member {
    fileprivate static let alexSmith = alex("Smith", id: 738_801, role: "Back")
    fileprivate static let alexJones = alex("Jones", id: 738_802, role: "Front")
    fileprivate static let alexKim = alex("Kim", id: 738_803, role: "UX")

    private static func alex(_ surname: String, id: Int, role: String) -> Member {
        let username = "alex.\(surname.lowercased())"
        return Member(
            id: id,
            username: username,
            fullName: "Alex \(surname)",
            email: "\(username)@example.com",
            role: role
        )
    }
}

extension Milestone {
    fileprivate static let demo = [
        sprint("Sprint 2", id: Guest.demo.milestoneID, from: "2026-11-16", to: "2026-12-04", isClosed: false),
        sprint("Sprint 1", id: 499_547, from: "2026-10-26", to: "2026-11-13", isClosed: true),
    ].compactMap(\.self)

    private static func sprint(
        _ name: String,
        id: Int,
        from start: String,
        to finish: String,
        isClosed: Bool
    ) -> Milestone? {
        guard let start = CalendarDate(start), let finish = CalendarDate(finish) else { return nil }
        return Milestone(id: id, name: name, start: start, finish: finish, isClosed: isClosed)
    }
}
