import Agent

extension RESTBackend {
    func userStories(
        _ query: UserStoryQuery,
        page: Page,
        in context: RunContext
    ) async throws(TaigaError) -> Listing<UserStory> {
        let listing = try await list("/userstories", query.taiga, page: page, in: context, readStory)
        if listing.total == 0 { try await confirm(.viewUserStories, in: context) }
        return listing
    }

    func tasks(_ query: TaskQuery, page: Page, in context: RunContext) async throws(TaigaError) -> Listing<TaigaTask> {
        let listing = try await list("/tasks", query.taiga, page: page, in: context, readTask)
        if listing.total == 0 { try await confirm(.viewTasks, in: context) }
        return listing
    }

    /// One page of the project's things below `path`. Behind the last page Taiga says 404.
    func list<Element: Sendable>(
        _ path: String,
        _ filter: [(name: String, value: String)],
        page: Page,
        in context: RunContext,
        _ read: (JSONValue) throws(Unreadable) -> Element
    ) async throws(TaigaError) -> Listing<Element> {
        // A number beyond all lists, so that none overflows on its way.
        let number = min(page.number, 1_000_000)
        do {
            let fields: [(name: String, value: String)] =
                [("project", String(context.projectID))] + filter
                + [("page", String(number)), ("page_size", String(page.size))]
            return try await api.call(.get(path, fields), as: context.credentials) { (reply) throws(Unreadable) in
                let items = try reply.json.elements(read)
                return Listing(items: items, total: reply.total ?? items.count)
            }
        } catch {
            guard error.code == .notFound, number > 1 else { throw error }
        }
        let first = try await list(path, filter, page: Page(number: 1, size: 1), in: context, read)
        return Listing(items: [], total: first.total)
    }

    // MARK: What the user made

    /// How many items a look back reads at most.
    private static let mostOwn = 5000

    func ownUserStories(since: Int, in context: RunContext) async throws(TaigaError) -> [UserStory] {
        try await own("/userstories", since: since, in: context, readStory)
    }

    func ownTasks(since: Int, in context: RunContext) async throws(TaigaError) -> [TaigaTask] {
        try await own("/tasks", since: since, in: context, readTask)
    }

    /// How much further back to look, in milliseconds. The clocks are compared by Taiga's `Date`, which has whole
    /// seconds: two make up for that, ten minutes for a Taiga that does not say.
    var clockMargin: Int { api.clockAhead == nil ? 600_000 : 2_000 }

    /// All pages of what the user created since then.
    private func own<Made: TaigaItem>(
        _ path: String,
        since: Int,
        in context: RunContext,
        _ read: (JSONValue) throws(Unreadable) -> Made
    ) async throws(TaigaError) -> [Made] {
        let me = try await users.userID(of: context.credentials)
        let start = Timestamp(milliseconds: max(0, since + (api.clockAhead ?? 0) - clockMargin))
        let filter = [
            (name: "owner", value: String(me)), (name: "created_date__gte", value: start.text),
            (name: "order_by", value: "created_date"),
        ]
        var found: [Made] = []
        var page = Page(number: 1, size: 250)
        while true {
            let listing = try await list(path, filter, page: page, in: context, read)
            found += listing.items
            if listing.items.isEmpty || found.count >= listing.total { break }
            guard found.count < Self.mostOwn else {
                throw TaigaError(.unavailable, "The user created too much lately to look through it.")
            }
            page.number += 1
        }
        // A Taiga that does not know a filter ignores it.
        return found.filter { $0.item.ownerID == me }
    }
}

// MARK: - Queries

extension UserStoryQuery {
    fileprivate var taiga: [(name: String, value: String)] {
        Filter.fields([("milestone", milestone), ("assigned_to", assignedTo)], statusID, text)
    }
}

extension TaskQuery {
    fileprivate var taiga: [(name: String, value: String)] {
        Filter.fields([("user_story", story), ("milestone", milestone), ("assigned_to", assignedTo)], statusID, text)
    }
}

extension Filter {
    /// The query of a list, the oldest first.
    fileprivate static func fields(
        _ filters: [(name: String, filter: Filter)],
        _ statusID: Int?,
        _ text: String?
    ) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for (name, filter) in filters {
            switch filter {
            case .any: continue
            case .absent: fields.append((name, "null"))
            case .id(let id): fields.append((name, String(id)))
            }
        }
        if let statusID { fields.append(("status", String(statusID))) }
        // People write `#51`; Taiga looks for the number.
        if let text { fields.append(("q", text.hasPrefix("#") ? String(text.dropFirst()) : text)) }
        return fields + [("order_by", "created_date")]
    }
}
