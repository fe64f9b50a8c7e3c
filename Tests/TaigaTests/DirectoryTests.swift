import Agent
import Testing

@testable import Taiga

/// The sandbox, for clients that ask what there is.
@Suite struct SandboxDirectoryTests {
    private let sandbox = TaigaSandbox()

    @Test func everyoneIsTheRequesterOfTheRequirements() throws {
        guard case .open(let guest) = sandbox.directory.entrance else {
            Issue.record("the sandbox asks for a sign-in")
            return
        }
        let user = UserContext(id: 738_718, username: "jdlafond", email: "jdlafond@asu.edu", roles: ["Product Owner"])
        #expect(guest == Guest(user: user, projectID: 1_729_875, milestoneID: 499_548))
        #expect(!sandbox.tools.tools(for: context(roles: guest.user.roles)).tools.isEmpty)
    }

    @Test func theGuestsProjectIsThere() async throws {
        let directory = sandbox.directory
        #expect(try await directory.projects(of: nil) == [ListedProject(id: 1_729_875, name: "Mobile App")])
        #expect(
            try await directory.milestones(of: 1_729_875, for: nil) == [
                ListedMilestone(id: 499_548, name: "Sprint 2", isClosed: false),
                ListedMilestone(id: 499_547, name: "Sprint 1", isClosed: true),
            ]
        )
        let all = try await directory.userStories(of: 1_729_875, in: nil, for: nil)
        let inSprint = try await directory.userStories(of: 1_729_875, in: sprint, for: nil)
        #expect(all.map(\.ref) == [1, 4, 6] && inSprint == Array(all.prefix(2)))
        #expect(inSprint.first?.subject == "Sign in with e-mail and password")
    }

    @Test func itSeesWhatTheToolsMade() async throws {
        let made = await sandbox.tools.call(ToolCall("taiga_create_user_story", ["subject": "New"]), in: context())
        guard case .userStory(let id, let ref, _)? = made.created.first else {
            Issue.record("no story")
            return
        }
        let listed = try await sandbox.directory.userStories(of: 1_729_875, in: sprint, for: nil)
        #expect(listed.last == ListedStory(id: id, ref: ref, subject: "New"))
    }

    @Test func anotherProjectIsNotFound() async throws {
        let error = await #expect(throws: DirectoryError.self) {
            try await sandbox.directory.milestones(of: 1, for: nil)
        }
        #expect(error?.code == .notFound)
    }
}
