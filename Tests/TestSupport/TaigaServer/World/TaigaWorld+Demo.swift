extension TaigaWorld {
    /// The requirements' project 1729875 with its milestone 499548, and a second project, 1729876, in which the
    /// requester may write as well. 738,904 watches the first project as a stakeholder, 738,905 takes part in the second alone.
    package static func demo() -> TaigaWorld {
        var world = TaigaWorld()
        world.users = [
            User(1, "admin", "Admin User"), User(738_718, "jdlafond", "J. D. Lafond"),
            User(738_801, "alex.smith", "Alex Smith"), User(738_802, "alex.jones", "Alex Jones"),
            User(738_803, "alex.kim", "Alex Kim"), User(738_904, "sam.stake", "Sam Stake"),
            User(738_905, "olga.out", "Olga Out"),
        ]
        world.projects = [
            Project(
                id: 1_729_875,
                name: "Mobile App",
                slug: "mobile-app",
                members: [
                    Membership(userID: 1, role: .productOwner, isAdmin: true),
                    Membership(userID: 738_718, role: .productOwner), Membership(userID: 738_801, role: .back),
                    Membership(userID: 738_802, role: .front), Membership(userID: 738_803, role: .ux),
                    Membership(userID: 738_904, role: .stakeholder),
                ],
                milestones: [
                    Milestone(id: 499_548, name: "Sprint 2", start: "2026-11-16", finish: "2026-12-04"),
                    Milestone(id: 499_547, name: "Sprint 1", start: "2026-10-26", finish: "2026-11-13", isClosed: true),
                ],
                storyStatuses: storyStatuses(from: 101),
                taskStatuses: taskStatuses(from: 201)
            ),
            Project(
                id: 1_729_876,
                name: "Other",
                slug: "other",
                members: [
                    Membership(userID: 1, role: .productOwner, isAdmin: true),
                    Membership(userID: 738_718, role: .back), Membership(userID: 738_905, role: .back),
                ],
                milestones: [Milestone(id: 499_600, name: "Sprint A", start: "2026-11-16", finish: "2026-12-04")],
                storyStatuses: storyStatuses(from: 301),
                taskStatuses: taskStatuses(from: 401)
            ),
        ]
        return world
    }

    private static func storyStatuses(from id: Int) -> [Status] {
        let names = ["New", "Ready", "In progress", "Ready for test", "Done", "Archived"]
        return names.enumerated().map { Status(id: id + $0, name: $1, isClosed: $0 >= 4) }
    }

    private static func taskStatuses(from id: Int) -> [Status] {
        let names = ["New", "In progress", "Ready for test", "Closed", "Needs Info"]
        return names.enumerated().map { Status(id: id + $0, name: $1, isClosed: $0 == 2 || $0 == 3) }
    }
}
