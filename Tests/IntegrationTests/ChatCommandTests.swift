import Agent
import Foundation
import TestSupport
import Testing

/// `parley chat`, the real program, with a real worker: through pipes and in a terminal.
@Suite(.timeLimit(.minutes(2))) struct ChatCommandTests {
    private struct Outcome {
        var exit: ChildProcess.Exit
        var output: String
        var errors: String
    }

    /// Runs the program with `input` behind a pipe.
    private func piped(_ input: String, _ url: String, _ options: [String] = []) async throws -> Outcome {
        let directory = try TemporaryDirectory("chat")
        try directory.write(input, to: "input")
        let script = #"cat "$1" | "$2" chat --url "$3" "${@:4}" 2>"$0""#
        let shell = try ChildProcess(
            "/bin/bash",
            ["-c", script, directory.file("errors"), directory.file("input"), ParleyWorker.binary, url] + options,
            outputPath: directory.file("output")
        )
        let exit = await shell.waitForExit()
        let errors = try String(contentsOfFile: directory.file("errors"), encoding: .utf8)
        return Outcome(exit: exit, output: shell.output, errors: errors)
    }

    @Test func theExampleOfTheRequirementsThroughAPipe() async throws {
        try await ParleyWorker.with { worker in
            let chat = try await piped("Create tasks for Alex\n\nAlex Smith\n", worker.url, ["--session", "piped"])
            #expect(chat.exit == .exited(0) && chat.errors == "")
            #expect(chat.output.contains("* taiga_list_members ok, "))
            #expect(chat.output.contains("Alex Jones"))
            #expect(chat.output.split(separator: "\n").count { $0.hasPrefix("+ task #") } == 3)
            #expect(!chat.output.contains("\u{1B}") && !chat.output.contains("> "))

            let history = try await piped("/history\n/new\n/history\n/nothing", worker.url, ["--session", "piped"])
            #expect(history.output.hasPrefix("> Create tasks for Alex\n"))
            #expect(history.output.contains("> Alex Smith\n"))
            let told = "Nothing is stored of this conversation\nThere is no /nothing; /help lists the commands\n"
            #expect(history.errors == told && history.exit == .exited(0))
        }
    }

    @Test func aTurnThatFailedIsInTheExitStatus() async throws {
        let responder: ModelServer.Responder = { request in
            request.lastText == "bad"
                ? .error(400, "invalid_request_error") : .text("re: \(request.lastText ?? "")\u{1B}[2J")
        }
        try await ModelServer.serving(responder) { model in
            try await ParleyWorker.with(model.settings()) { worker in
                let chat = try await piped("one\nbad\ntwo\n", worker.url)
                #expect(chat.output == "re: one\u{FFFD}[2J\nre: two\u{FFFD}[2J\n")
                #expect(chat.errors.hasPrefix("Error: The language model could not answer (502 model-failed)"))
                #expect(chat.exit == .exited(1))
            }
        }
        let nobody = "http://127.0.0.1:\(try FreePort.reserve())"
        let unreachable = try await piped("one\n", nobody)
        #expect(unreachable.exit == .exited(69) && unreachable.output == "")
        #expect(unreachable.errors.hasPrefix("Error: The service cannot be reached (unreachable)"))
        #expect(try await piped("one\n", "nowhere").exit == .exited(64))
        #expect(try await piped("", nobody, ["--session", "no id"]).exit == .exited(64))
    }

    @Test func tokensComeFromTheEnvironment() async throws {
        try await TaigaServer.serving { taiga in
            try await ModelServer.serving({ .text("re: \($0.lastText ?? "")") }) { model in
                try await ParleyWorker.with(model.settings(["TAIGA_URL": taiga.url])) { worker in
                    let refused = try await piped("one\n", worker.url)
                    #expect(refused.exit == .exited(77) && refused.errors.contains("set TAIGA_AUTH_TOKEN"))
                    let tokens = taiga.signIn(738_718)
                    let terminal = try PseudoTerminal(
                        ParleyWorker.binary,
                        ["chat", "--url", worker.url],
                        environment: [
                            "TAIGA_AUTH_TOKEN": tokens.authToken.reveal(),
                            "TAIGA_REFRESH_TOKEN": tokens.refresh.reveal(),
                        ]
                    )
                    taiga.change { $0.expireAccessTokens() }
                    terminal.type("one\n")
                    try await terminal.waitFor("re: one")
                    try await terminal.waitFor("Note: the Taiga tokens were renewed")
                    #expect(!terminal.screen.contains("canary"))
                    terminal.type(PseudoTerminal.controlD)
                    #expect(await terminal.process.waitForExit() == .exited(0))
                }
            }
        }
    }

    @Test func aRunIsStoppedFromTheKeyboard() async throws {
        let never = EventCount()
        let responder: ModelServer.Responder = { request in
            let answer = ModelServer.Answer.text("word by word by word, and so on")
            return request.lastText == "Hello" ? answer : answer.delivered { $0.holdBefore[4] = never }
        }
        try await ModelServer.serving(responder) { model in
            try await ParleyWorker.with(model.settings()) { worker in
                let terminal = try PseudoTerminal(
                    ParleyWorker.binary,
                    ["chat", "--url", worker.url],
                    environment: ["TERM": "xterm", "NO_COLOR": ""]
                )
                try await terminal.waitFor("/help lists the commands")
                terminal.type("/help\n")
                try await terminal.waitFor("/history  shows")
                terminal.type("Talk\n")
                try await terminal.waitFor("word by word")
                terminal.type(PseudoTerminal.controlC)
                await model.aborted.wait()
                try await terminal.waitFor("(stopped)")

                terminal.type("Talk again\n")
                try await terminal.waitFor("word by word", times: 2)
                // What is typed meanwhile has its turn.
                terminal.type("/stop\nHello\n")
                await model.aborted.wait(for: 2)
                try await terminal.waitFor("and so on")
                #expect(terminal.screen.ranges(of: "(stopped)").count == 2 && terminal.screen.contains("\u{1B}[2m"))

                try await terminal.waitFor("> ", times: 5)
                terminal.type(PseudoTerminal.controlC)
                #expect(await terminal.process.waitForExit() == .exited(0))
            }
        }
    }

    @Test func noColorIsRespected() async throws {
        try await ParleyWorker.with { worker in
            let terminal = try PseudoTerminal(
                ParleyWorker.binary,
                ["chat", "--url", worker.url],
                environment: ["NO_COLOR": "1", "TERM": "xterm"]
            )
            terminal.type("Create tasks for Alex\n")
            try await terminal.waitFor("Alex Jones")
            terminal.type("/quit\n")
            #expect(await terminal.process.waitForExit() == .exited(0))
            #expect(!terminal.screen.contains("\u{1B}"))
        }
    }
}
