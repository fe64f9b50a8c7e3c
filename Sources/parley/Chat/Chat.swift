import ParleyClient

/// A conversation over the standard streams, prompt by prompt.
struct Chat: Sendable {
    /// Ended by Ctrl-C, as shells tell it.
    private static let interrupted: Int32 = 130

    let client: ParleyClient
    let url: String
    let terminal: Terminal
    let input: ChatInput

    /// Talks until the input ends; the exit status.
    func run(_ first: ParleyClient.Session) async -> Int32 {
        var session = first
        var status: Int32 = 0
        if terminal.isInteractive { greet(session) }
        while true {
            if terminal.isInteractive { write("> ") }
            let item = await input.next(takesLines: true)
            guard case .line(let text) = item else {
                if terminal.isInteractive { write("\n") }
                return terminal.isInteractive ? 0 : item == .interrupt ? Self.interrupted : status
            }
            switch ChatLine(text) {
            case .nothing: continue
            case .prompt(let prompt):
                let end = await turn(prompt, in: session)
                if case .failed(let code) = end { status = code }
                if case .quit(let code) = end { return code }
            case .new:
                session = client.session()
                if terminal.isInteractive { greet(session) }
            case .stop: tell("Nothing is under way")
            case .history: if let code = await showHistory(of: session) { status = code }
            case .help: write(ChatLine.helpText)
            case .quit: return terminal.isInteractive ? 0 : status
            case .unknown(let command): tell("There is no \(command.printable); /help lists the commands")
            }
        }
    }

    private func greet(_ session: ParleyClient.Session) {
        write(
            terminal.output.paint("Session \(session.id) at \(url.printable). /help lists the commands.", .faint) + "\n"
        )
    }

    private func showHistory(of session: ParleyClient.Session) async -> Int32? {
        do throws(ParleyError) {
            guard let stored = try await session.history() else {
                tell("Nothing is stored of this conversation")
                return nil
            }
            write(HistoryView(stored, palette: terminal.output).text)
            return nil
        } catch {
            tell(error)
            return error.exitStatus
        }
    }

    // MARK: A turn

    private enum End: Sendable {
        case done
        case failed(Int32)
        /// The program is to end.
        case quit(Int32)
    }

    private func turn(_ prompt: String, in session: ParleyClient.Session) async -> End {
        let run = RunInHand()
        return await withTaskGroup(of: End?.self) { group in
            group.addTask { await follow(session.stream(prompt), run) }
            group.addTask { await listen(run) }
            defer { group.cancelAll() }
            while let end = await group.next() { if let end { return end } }
            return .done
        }
    }

    private func follow(_ events: ParleyClient.RunEvents, _ run: RunInHand) async -> End {
        var view = ChatView(palette: terminal.output)
        do throws(ParleyError) {
            var iterator = events.makeAsyncIterator()
            while let event = try await iterator.next() {
                if case .started(let id, _) = event { run.begin(id) }
                write(view.show(event))
            }
        } catch {
            if error.code == .cancelled, run.isStopped {
                write(view.remark("stopped"))
            } else {
                write(view.endLine())
                guard error.code != .taskCancelled else { return .done }
                tell(error)
                return .failed(error.exitStatus)
            }
        }
        return run.isStopped && !terminal.isInteractive ? .quit(Self.interrupted) : .done
    }

    /// Obeys until the run has ended: `nil`, or how the program or the turn is to end before it.
    private func listen(_ run: RunInHand) async -> End? {
        var takesLines = terminal.isInteractive
        while let item = await input.next(takesLines: takesLines) {
            switch item {
            case .end: takesLines = false
            case .interrupt:
                // The second one is for who does not want to wait for the end of the run.
                if run.isStopped { return .quit(Self.interrupted) }
                guard await stop(run) else { return terminal.isInteractive ? .done : .quit(Self.interrupted) }
            case .line(let text):
                switch ChatLine(text) {
                case .nothing: continue
                case .stop: guard await stop(run) else { return .done }
                case .quit: return .quit(0)
                default:
                    // Its turn comes.
                    input.putBack(text)
                    takesLines = false
                }
            }
        }
        return nil
    }

    /// - Returns: `false` when there is no run yet that could be stopped: then it is enough not to wait for it.
    private func stop(_ run: RunInHand) async -> Bool {
        guard let id = run.stop() else {
            tell("It has not begun yet, and is not waited for")
            return false
        }
        do throws(ParleyError) { try await client.cancel(run: id) } catch {
            if error.code != .taskCancelled { tell(error) }
        }
        return true
    }

    // MARK: What is written

    private func write(_ text: String) { if !text.isEmpty { StandardStream.output.write(Array(text.utf8)) } }

    private func tell(_ text: String) {
        StandardStream.error.write(Array((terminal.error.paint(text, .red) + "\n").utf8))
    }

    private func tell(_ error: ParleyError) {
        let hint = error.code == .unauthorized ? "; set TAIGA_AUTH_TOKEN and TAIGA_REFRESH_TOKEN" : ""
        tell("Error: " + error.description.printable + hint)
    }
}

extension ParleyError {
    /// As `sysexits.h` numbers them, where it does.
    var exitStatus: Int32 {
        switch code {
        case .unauthorized: 77
        case .unusable: 64
        case .unreachable, .unavailable, .draining, .storeUnavailable, .taigaUnavailable, .overloaded: 69
        default: 1
        }
    }
}
