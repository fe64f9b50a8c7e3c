/// Tags as Taiga keeps them: trimmed, lower case, each once, in the order in which they were given.
enum Tags {
    /// `tags` in that form.
    static func normalized(_ tags: [String]) -> [String] {
        var seen: Set<String> = []
        return tags.map { $0.trimmed.lowercased() }.filter { seen.insert($0).inserted }
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
