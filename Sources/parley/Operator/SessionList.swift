import Agent

/// Sessions as the service lists them, page after page, each once.
struct SessionList {
    private(set) var sessions: [JSONValue] = []
    /// Where the service goes on; `nil` at the end, and before the first page.
    private(set) var cursor: SessionCursor?
    private var ids: Set<String> = []

    init(cursor: SessionCursor? = nil) { self.cursor = cursor }

    /// Takes a page; `false` when it is none.
    mutating func append(_ page: JSONValue) -> Bool {
        guard let rows = page["sessions"]?.arrayValue, let next = page["cursor"] else { return false }
        for row in rows {
            guard let id = row["session_id"]?.stringValue else { return false }
            // The service may tell of one twice.
            if ids.insert(id).inserted { sessions.append(row) }
        }
        cursor = next.stringValue.flatMap { SessionCursor($0) }
        return next == .null || cursor != nil
    }

    /// In the shape of one page.
    var json: JSONValue {
        ["sessions": .array(sessions), "cursor": cursor.map { .string($0.description) } ?? .null]
    }
}
