import Agent
import Foundation
import TestSupport
import Testing
import WebClient

/// A running worker, held against its own `/openapi.json`: no status and no field that is not documented there, no
/// request refused that is valid by it, none accepted that is not, and no fault of the service.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ContractTests {
    private static let operations = [
        "DELETE /agent/session/{session_id}", "GET /agent/projects", "GET /agent/projects/{project_id}/milestones",
        "GET /agent/projects/{project_id}/user_stories", "GET /agent/runs/{run_id}", "GET /agent/runs/{run_id}/events",
        "GET /agent/session/{session_id}", "GET /agent/setup", "POST /agent/run", "POST /agent/runs/{run_id}/cancel",
    ]

    /// Says what was tried, and holds it against what must have been.
    private func judge(_ trial: ContractTrial, _ title: String, successes: [String], cases: Int) {
        let statuses = Set(trial.answers.keys.compactMap { $0.split(separator: " ").last })
        print("contract, \(title): \(trial.cases) cases, answers \(statuses.sorted().joined(separator: ", "))")
        #expect(trial.exit == .exited(0), "\(trial.output.suffix(20_000))")
        #expect(trial.cases >= cases)
        #expect(trial.answered("5") == [])
        let successful = Set(trial.answered("2").map { $0.split(separator: " ").dropLast().joined(separator: " ") })
        #expect(Set(successes).subtracting(successful) == [], "never answered with success")
    }

    @Test func overTheSandbox() async throws {
        let trial = try await ParleyWorker.with(["OPS_TOKEN": "right"]) { worker in
            try await ContractTrial.run(
                worker.url,
                bearer: "right",
                examples: soak(100, otherwise: 5),
                // There is none where nobody signs in.
                ["--exclude-operation-id", "login"]
            )
        }
        let successes =
            Self.operations + [
                "GET /agent/sessions", "GET /health", "GET /problems/{code}", "GET /ready",
                "POST /agent/session/cleanup", "GET /", "HEAD /", "GET /app.js", "HEAD /icon.svg",
                "event run.started", "event text.delta", "event tool.finished", "event run.finished",
            ]
        judge(trial, "sandbox", successes: successes, cases: soak(1500, otherwise: 300))
        #expect(trial.answers["GET / 304"] != nil && trial.answers["HEAD /app.js 304"] != nil)
    }

    @Test func overTaiga() async throws {
        let trial = try await TaigaServer.serving { taiga in
            try await ParleyWorker.with(["TAIGA_URL": taiga.url]) { worker in
                let tokens = taiga.signIn(738_718)
                return try await ContractTrial.run(
                    worker.url,
                    bearer: tokens.authToken.reveal(),
                    examples: soak(30, otherwise: 3),
                    ["--include-tag", "runs", "--include-tag", "sessions", "--include-tag", "directory"],
                    environment: [
                        "AUTH_TOKEN": tokens.authToken.reveal(), "REFRESH": tokens.refresh.reveal(),
                        "USER_ID": "738718", "USERNAME": "jdlafond", "PASSWORD": "pw-123456",
                    ]
                )
            }
        }
        judge(
            trial,
            "Taiga",
            successes: Self.operations + ["POST /agent/login"],
            cases: soak(500, otherwise: 200)
        )
        #expect(trial.answers["POST /agent/login 401"] != nil)
    }

    @Test func theDocumentIsValid() async throws {
        let folder = try TemporaryDirectory("contract")
        let document = try await ParleyWorker.with { worker in
            try await Phone.using { web in
                try await Phone(web: web, url: worker.url).get("/openapi.json").json
            }
        }
        try folder.write(String(decoding: document.encoded(), as: UTF8.self), to: "openapi.json")
        let programs = try await Repository.prepare("deploy/lib/schemathesis.sh")
        let validator = try ChildProcess(
            programs + "/openapi-spec-validator",
            ["--schema", "3.1", folder.file("openapi.json")],
            outputPath: folder.file("output")
        )
        #expect(await validator.waitForExit() == .exited(0), "\(validator.output)")
    }
}
