import Agent
import Synchronization

/// A directory with one user, whose password is `right` and whose token is `good`.
final class ScriptedDirectory: ProjectDirectory, SignIn {
    static let user = UserContext(id: 7, username: "ann", email: "ann@example.com", roles: ["Back"])

    private let asked = Mutex<[String]>([])
    private let failure: DirectoryError?
    private let guest: Guest?

    /// - Parameters:
    ///   - guest: whom everyone is, without signing in; `nil`: users sign in.
    ///   - failure: what everything fails with.
    init(guest: Guest? = nil, failure: DirectoryError? = nil) {
        self.guest = guest
        self.failure = failure
    }

    var entrance: Entrance { guest.map { .open($0) } ?? .signIn(self) }

    /// What was asked for, as far as it was let in.
    var questions: [String] { asked.withLock { $0 } }

    func signIn(_ username: String, _ password: Secret) throws(DirectoryError) -> SignedInUser {
        if let failure { throw failure }
        guard password == Secret("right") else { throw DirectoryError(.unauthorized, "wrong") }
        asked.withLock { $0.append(username) }
        let credentials = Credentials(authToken: Secret("good"), refresh: Secret("again"))
        return SignedInUser(user: Self.user, credentials: credentials)
    }

    func projects(of token: Secret?) throws(DirectoryError) -> [ListedProject] {
        try admit(token, "projects")
        return [ListedProject(id: 1, name: "One")]
    }

    func milestones(of project: Int, for token: Secret?) throws(DirectoryError) -> [ListedMilestone] {
        try admit(token, "milestones of \(project)")
        return [ListedMilestone(id: 2, name: "Two", isClosed: true)]
    }

    func userStories(of project: Int, in milestone: Int?, for token: Secret?) throws(DirectoryError) -> [ListedStory] {
        try admit(token, "stories of \(project) in \(milestone.map(String.init) ?? "any")")
        return [ListedStory(id: 3, ref: 4, subject: "Three")]
    }

    private func admit(_ token: Secret?, _ question: String) throws(DirectoryError) {
        if let failure { throw failure }
        guard guest != nil || token == Secret("good") else { throw DirectoryError(.unauthorized, "bad token") }
        asked.withLock { $0.append(question) }
    }
}
