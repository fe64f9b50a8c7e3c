extension Parameter {
    static let userStoryID = Parameter("user_story_id", .integer(1...Int.max), "The user story, by id.")
    static let userStoryRef = Parameter("user_story_ref", .integer(1...Int.max), "The user story, by ref: 51 for #51.")
}

extension Arguments {
    /// A tool about one story or task needs either `id` or `ref`.
    func problemsWithKey() -> [String] {
        switch (has(.id), has(.ref)) {
        case (true, false), (false, true): []
        case (false, false): ["id, ref: one of them is required"]
        case (true, true): ["id, ref: give one of them, not both"]
        }
    }

    /// Which one the tool is about.
    func key() throws(TaigaError) -> ItemKey {
        if let id = integer(.id) { return .id(id) }
        if let ref = integer(.ref) { return .ref(ref) }
        throw TaigaError(.invalid, "id, ref: one of them is required.")
    }

    /// The story that the tool's thing belongs to, if one was named.
    var userStoryKey: ItemKey? {
        integer(.userStoryID).map(ItemKey.id) ?? integer(.userStoryRef).map(ItemKey.ref)
    }
}
