import Agent

/// Names become ids here. What is not found, or found twice, is an error that lists what there is.
extension Project {
    /// - Throws: `notFound` with the statuses that exist.
    func userStoryStatus(_ key: IDOrName) throws(TaigaError) -> Status {
        try Self.status(key, in: userStoryStatuses, of: "user stories")
    }

    /// - Throws: `notFound` with the statuses that exist.
    func taskStatus(_ key: IDOrName) throws(TaigaError) -> Status {
        try Self.status(key, in: taskStatuses, of: "tasks")
    }

    private static func status(_ key: IDOrName, in all: [Status], of kind: String) throws(TaigaError) -> Status {
        let found: Status? =
            switch key {
            case .id(let id): all.first { $0.id == id }
            case .name(let name): all.first { $0.name.isSameName(as: name) }
            }
        if let found { return found }
        let known = all.map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
        throw TaigaError(.notFound, "status: there is no \(key) for \(kind). There are: \(known).")
    }

    /// - Throws: `notFound` with the milestones that exist, `invalid` when a name fits several.
    func milestone(_ key: IDOrName) throws(TaigaError) -> Named {
        let found =
            switch key {
            case .id(let id): milestones.filter { $0.id == id }
            case .name(let name): milestones.filter { $0.name.isSameName(as: name) }
            }
        if found.count == 1 { return found[0] }
        let listed = Self.list(found.isEmpty ? milestones : found)
        throw found.isEmpty
            ? TaigaError(.notFound, "milestone: there is no \(key) in this project. There are: \(listed).")
            : TaigaError(.invalid, "milestone: \(key) fits several: \(listed). Give the id.")
    }

    /// The member with that id, username, e-mail address, full name, or part of it. `me` is the requester.
    ///
    /// - Throws: `notFound` with the members that exist, `invalid` with the candidates when a name fits several.
    func member(_ key: IDOrName, requester: UserContext) throws(TaigaError) -> Member {
        let found =
            switch key {
            case .id(let id): members.filter { $0.id == id }
            case .name(let name) where name.isSameName(as: "me"): members.filter { $0.id == requester.id }
            case .name(let name): members.named(name)
            }
        if found.count == 1 { return found[0] }
        let listed = (found.isEmpty ? members : found).prefix(30)
            .map { "\($0.fullName) (id \($0.id), username \($0.username))" }.joined(separator: ", ")
        throw found.isEmpty
            ? TaigaError(.notFound, "assigned_to: there is no member \(key) in this project. Members: \(listed).")
            : TaigaError(.invalid, "assigned_to: \(key) fits several members: \(listed). Give the id.")
    }

    private static func list(_ things: [Named]) -> String {
        things.prefix(30).map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
    }
}

extension [Member] {
    /// Members by username, e-mail address or full name; if there are none, those who have `name` as one of their names.
    func named(_ name: String) -> [Member] {
        let wanted = name.hasPrefix("@") ? String(name.dropFirst()) : name
        let exact = filter {
            $0.username.isSameName(as: wanted) || $0.fullName.isSameName(as: wanted)
                || $0.email?.isSameName(as: wanted) == true
        }
        return exact.isEmpty ? filter { $0.fullName.hasWord(wanted) } : exact
    }
}

extension IDOrName: CustomStringConvertible {
    var description: String {
        switch self {
        case .id(let id): "id \(id)"
        case .name(let name): "\"\(name)\""
        }
    }
}

extension String {
    /// Equal but for case and surrounding spaces.
    func isSameName(as other: String) -> Bool { words == other.words }

    /// Whether `other` is one or more neighbouring words of this name.
    func hasWord(_ other: String) -> Bool {
        let words = words
        let wanted = other.words
        guard !wanted.isEmpty, wanted.count <= words.count else { return false }
        return (0...words.count - wanted.count).contains { words[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }

    private var words: [String] { lowercased().split(whereSeparator: \.isWhitespace).map(String.init) }
}
