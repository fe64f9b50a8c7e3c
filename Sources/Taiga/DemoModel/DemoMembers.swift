import Agent

/// The project's members, as `taiga_list_members` told them, and whom the user may mean.
struct DemoMembers: Sendable, Equatable {
    enum Choice: Sendable, Equatable {
        case one(Member)
        /// Not clear: the question to ask.
        case ask(String)
    }

    private let all: [Member]

    /// `nil` when `result` is not what the tool answers.
    init?(_ result: String) {
        guard let json = try? JSONValue(parsing: Array(result.utf8)), let members = json["members"]?.arrayValue else {
            return nil
        }
        all = members.compactMap(Member.init)
    }

    /// Whom `who` names; if that is not clear, `answer` is what the user said when they were asked.
    func choose(_ who: String, answer: String?) -> Choice {
        let named = all.named(who)
        let candidates = named.isEmpty ? all : named
        let shown = DemoPhrases.quote(who)
        guard let answer else {
            if named.count == 1 { return .one(named[0]) }
            return .ask(
                named.isEmpty
                    ? "I found nobody named \(shown) in this project. There are \(Self.names(all)). Which one?"
                    : "I found \(named.count) users named \(shown): \(Self.names(named)). Which one?"
            )
        }
        if let member = Self.pick(answer, from: candidates) ?? Self.only(all.named(answer.trimmed)) {
            return .one(member)
        }
        return .ask(
            "I cannot tell whom you mean by \"\(DemoPhrases.quote(answer))\": \(Self.names(candidates)). Which one?"
        )
    }

    /// The candidate whom a free answer names: in full, by a word that no other candidate shares, or by position.
    private static func pick(_ answer: String, from candidates: [Member]) -> Member? {
        let words = DemoWords(answer).lower
        let text = words.joined(separator: " ")
        if let member = only(
            candidates.filter { text.hasWord($0.fullName) || words.contains($0.username.lowercased()) }
        ) {
            return member
        }
        let names = candidates.map { Set(DemoWords($0.fullName).lower) }
        let matching = candidates.indices.filter { index in
            names[index].contains { word in
                words.contains(word) && names.count { $0.contains(word) } == 1
            }
        }
        if matching.count == 1 { return candidates[matching[0]] }
        let positions = ["first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "last": candidates.count]
        let position = words.compactMap { positions[$0] ?? Int($0) }.first
        guard matching.isEmpty, let position, (1...max(1, candidates.count)).contains(position) else { return nil }
        return candidates.isEmpty ? nil : candidates[position - 1]
    }

    private static func only(_ members: [Member]) -> Member? { members.count == 1 ? members[0] : nil }

    /// The names, with usernames where a name stands for several.
    private static func names(_ members: [Member]) -> String {
        let counts = Dictionary(members.map { ($0.fullName, 1) }, uniquingKeysWith: +)
        return DemoPhrases.list(
            members.map { counts[$0.fullName, default: 1] > 1 ? "\($0.fullName) (\($0.username))" : $0.fullName }
        )
    }
}

extension Member {
    /// A member as ``json`` writes it.
    init?(json: JSONValue) {
        guard let id = json["id"]?.intValue, let fullName = json["full_name"]?.stringValue,
            let username = json["username"]?.stringValue
        else { return nil }
        self.init(
            id: id,
            username: username,
            fullName: fullName,
            email: json["email"]?.stringValue,
            role: json["role"]?.stringValue ?? ""
        )
    }
}
