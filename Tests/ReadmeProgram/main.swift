import Foundation
import ParleyClient

let address = CommandLine.arguments.dropFirst().first ?? "http://127.0.0.1:8000"
guard let url = URL(string: address) else { fatalError("\(address) is no URL") }
let user = ParleyClient.User(id: 738_718, username: "jdlafond", email: "jdlafond@asu.edu", roles: ["Product Owner"])
let client = ParleyClient(
    url: url,
    context: ParleyClient.Context(projectID: 1_729_875, milestoneID: 499_548, user: user),
    tokens: ParleyClient.TokenPair(authToken: "bearer_token", refresh: "refresh_token"),
    onRefresh: { _ in print("Keep the new tokens: the old ones are dead") }
)

let session = client.session()
do {
    let question = try await session.send("Create tasks for Alex")
    print(question.summary)

    for try await event in session.stream("Alex Smith") {
        switch event {
        case .text(let text): print(text, terminator: "")
        case .toolFinished(let tool): print("[\(tool.name): \(tool.isOK ? "ok" : "failed")]")
        case .finished(let answer):
            print()
            for artifact in answer.createdArtifacts { print("+ \(artifact.type) \(artifact.subject)") }
        default: break
        }
    }
    try await session.clear()
} catch {
    print("Failed: \(error)")
}
