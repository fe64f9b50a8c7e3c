import Agent

/// Tells which of the things that a user created lately came of which draft, when the answers to them were lost.
///
/// What Parley creates carries the call's key in `external_reference`, which settles it. Where a Taiga has not kept the
/// key, the fields decide; they must all agree unless somebody has changed the item since.
struct Trace {
    /// When the first of the drafts was sent, in milliseconds since 1970, UTC.
    var startedAt: Int

    /// How much earlier than ``startedAt`` something without a key may have been created: what is left of the
    /// difference between the clocks, which is known to the second.
    private static let margin = 5_000

    /// For each draft what came of it; nothing is given to two of them.
    func assign<D: Draft>(_ found: [D.Made], to drafts: [D]) -> [D.Made?] {
        var free = found.sorted { ($0.item.createdAt, $0.item.id) < ($1.item.createdAt, $1.item.id) }
        var assigned: [D.Made?] = drafts.map { draft in
            guard let reference = draft.item.reference,
                let index = free.firstIndex(where: { $0.item.reference == reference })
            else { return nil }
            return free.remove(at: index)
        }
        for (number, draft) in drafts.enumerated() where assigned[number] == nil {
            guard let index = free.firstIndex(where: { isLike($0, draft) }) else { continue }
            assigned[number] = free.remove(at: index)
        }
        return assigned
    }

    private func isLike<D: Draft>(_ made: D.Made, _ draft: D) -> Bool {
        let (item, wanted) = (made.item, draft.item)
        guard item.reference == nil, item.createdAt >= startedAt - Self.margin,
            item.subject.trimmed == wanted.subject.trimmed
        else { return false }
        return item.version > 1
            || draft.isPlaced(like: made) && item.assignedTo?.id == wanted.assignedTo?.id
                && Set(item.tags) == Set(wanted.tags) && item.dueDate == wanted.dueDate
                && (wanted.status.map { $0.id == item.status.id } ?? true)
    }
}
