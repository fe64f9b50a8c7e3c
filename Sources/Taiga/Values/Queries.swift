/// What a list is narrowed to by something that may also be absent, such as the assigned user.
enum Filter: Sendable, Equatable {
    /// All.
    case any
    /// Those that have none.
    case absent
    /// Those that have the one with this id.
    case id(Int)

    /// Whether something that has `id` passes.
    func allows(_ id: Int?) -> Bool {
        switch self {
        case .any: true
        case .absent: id == nil
        case .id(let wanted): id == wanted
        }
    }
}

/// Which stories a list holds: those that match every field.
struct UserStoryQuery: Sendable, Equatable {
    var milestone: Filter = .any
    var statusID: Int?
    var assignedTo: Filter = .any
    /// Text to find in subject or description, or a ref.
    var text: String?
}

/// Which tasks a list holds: those that match every field.
struct TaskQuery: Sendable, Equatable {
    var story: Filter = .any
    var milestone: Filter = .any
    var statusID: Int?
    var assignedTo: Filter = .any
    /// Text to find in subject or description, or a ref.
    var text: String?
}

/// A part of a list: page `number`, counted from 1, of pages of `size`.
struct Page: Sendable, Equatable {
    var number: Int
    var size: Int

    /// Where the page starts in the whole list; `nil` when that is past any list's end.
    var start: Int? {
        let (start, overflow) = (number - 1).multipliedReportingOverflow(by: size)
        return overflow ? nil : start
    }
}

/// One page of a list.
struct Listing<Item: Sendable>: Sendable {
    var items: [Item]
    /// How many there are on all pages.
    var total: Int
}

extension Listing {
    /// The page of `all` that `page` names.
    init(_ page: Page, of all: [Item]) {
        total = all.count
        items = page.start.map { Array(all.dropFirst($0).prefix(page.size)) } ?? []
    }
}
