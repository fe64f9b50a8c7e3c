import Agent

/// What the roles of Taiga's project template may do.
///
/// A client names the user's roles itself, so this decides what is offered, never what is allowed in the end: a Taiga
/// server checks every call by the user's token.
enum RolePermissions {
    /// What all of `roles` together may do. A role that the template does not know gives nothing.
    static func permissions(of roles: [String]) -> Set<Permission> {
        // Most users have one.
        if roles.count == 1 { return byKey[key(roles[0])] ?? [] }
        return roles.reduce(into: []) { $0.formUnion(byKey[key($1)] ?? []) }
    }

    /// A role's key: its name in lower case, with `-` for spaces.
    static func key(_ role: String) -> String {
        let name = role.lowercased()
        guard name.utf8.contains(UInt8(ascii: " ")) else { return name }
        return String(decoding: name.utf8.map { $0 == UInt8(ascii: " ") ? UInt8(ascii: "-") : $0 }, as: UTF8.self)
    }

    private static let view: Set<Permission> = [.viewProject, .viewMilestones, .viewUserStories, .viewTasks]
    private static let all = Set(Permission.allCases)

    private static let byKey: [String: Set<Permission>] = [
        "ux": all, "design": all, "front": all, "back": all, "product-owner": all,
        "stakeholder": view.union([.commentUserStory, .commentTask]),
        UserContext.anyRole: all,
    ]
}
