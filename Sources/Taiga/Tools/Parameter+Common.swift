extension Parameter {
    // MARK: Of every tool

    static let projectID = Parameter(
        "project_id",
        .integer(1...Int.max),
        "The project of this request, which is the default. No other project can be named."
    )
    static let idempotencyKey = Parameter(
        "idempotency_key",
        .text(1...255),
        "A unique text for this one change. Repeat it only when repeating exactly this call."
    )

    // MARK: Lists

    static let page = Parameter("page", .integer(1...Int.max), "Which page of the list, from 1. Default 1.")
    static let limit = Parameter("limit", .integer(1...100), "How many per page. Default 30.")
    static let query = Parameter(
        "q",
        .text(1...200),
        "Only those with this text in subject or description (upper and lower case are the same), or with this ref."
    )
    static let statusFilter = Parameter("status", .idOrName, "Only those in this status: its id or name.")
    static let assignedToFilter = Parameter(
        "assigned_to",
        .idOrName,
        "Only those assigned to this member (id, username, full name, or \"me\"); null: only unassigned ones."
    ).nullable
    static let milestoneFilter = Parameter(
        "milestone",
        .idOrName,
        "Only those of this milestone: its id or name; null: only those in no milestone (the backlog)."
    ).nullable

    // MARK: Which story or task

    static let id = Parameter("id", .integer(1...Int.max), "Its id. Give either id or ref.")
    static let ref = Parameter("ref", .integer(1...Int.max), "Its ref, the number people see: 51 for #51.")
    static let version = Parameter(
        "version",
        .integer(1...Int.max),
        "The version this change is based on: refused if it has changed since. Without it the newest is changed."
    )

    // MARK: Fields

    static let subject = Parameter("subject", .text(1...500), "The title: one short line.")
    static let description = Parameter("description", .longText(upTo: Item.descriptionLimit), "Details, in Markdown.")
    static let status = Parameter("status", .idOrName, "Its status: id or name.")
    static let assignedTo = Parameter(
        "assigned_to",
        .idOrName,
        "The member to assign: id, username, full name, or \"me\" for the requester; null: nobody."
    ).nullable
    static let tags = Parameter("tags", .texts(upTo: 50, each: 1...100), "All its tags. Stored in lower case.")
    static let dueDate = Parameter("due_date", .date, "The day it is due, YYYY-MM-DD; null: none.").nullable
}

extension Item {
    /// How many characters a description may have.
    static let descriptionLimit = 10_000
}
