import Foundation

/// Follows one run for one reader, in the reader's own task: does what the course says, and tells it what came of it.
final class RunReader {
    private let link: ServiceLink
    /// `nil` when a run is only watched.
    private let request: ParleyClient.Request?
    private let asEvents: Bool
    private var course: RunCourse
    private var next: RunCourse.Next
    /// What is to be told before anything else is done.
    private var told: ArraySlice<ParleyClient.Event> = []
    /// The stream that is open, and what of it was not looked at yet.
    private var stream: (transfer: Transfer, parser: EventStreamParser)?
    private var unread: ArraySlice<StreamEvent> = []
    /// The tokens that the request is sent with, each time: those that replaced them are sealed under them.
    private var tokens: ParleyClient.TokenPair
    private var sessionID: String?

    init(_ request: ParleyClient.Request, over link: ServiceLink, asEvents: Bool) {
        self.link = link
        self.request = request
        self.asEvents = asEvents
        sessionID = request.sessionID
        tokens = link.tokens.current
        course = RunCourse(bearsBusySession: request.ifBusy != .reject, policy: link.settings.retry, at: .now)
        next = course.first
    }

    init(watching run: String, over link: ServiceLink) {
        self.link = link
        request = nil
        asEvents = true
        tokens = link.tokens.current
        course = RunCourse(watching: run, policy: link.settings.retry, at: .now)
        next = course.first
    }

    /// The next event; `nil` behind the last one.
    func event() async throws(ParleyError) -> ParleyClient.Event? {
        while told.isEmpty {
            let input: RunCourse.Input
            do throws(ParleyError) {
                switch next {
                case .finish: return nil
                case .fail(let error): throw error
                case .post: input = try await post(asEvents: asEvents)
                case .collect: input = try await post(asEvents: false)
                case .follow(let run, let id): input = try await follow(run, after: id)
                case .read: input = try await read()
                case .rest(let time): input = try await rest(for: time)
                }
            } catch {
                await end(with: error)
                throw error
            }
            let step = course.next(input, at: .now, jitter: .random(in: 0...1))
            told = step.events[...]
            next = step.next
            if next != .read { close() }
        }
        let event = told.removeFirst()
        if case .started(_, let session) = event { sessionID = session ?? sessionID }
        return event
    }

    // MARK: What the course asks for

    private func post(asEvents: Bool) async throws(ParleyError) -> RunCourse.Input {
        guard let request else { return .broken(.streamEnded, retry: nil) }
        // Another run's newer tokens are of use once these are refused, and not before.
        let (reply, transfer) = try await link.open(
            .run(request, in: link.context, with: tokens, asEvents: asEvents)
        )
        if let transfer { return opened(transfer) }
        return await taken(reply)
    }

    private func follow(_ run: String, after id: String?) async throws(ParleyError) -> RunCourse.Input {
        let (reply, transfer) = try await link.open(.events(of: run, after: id, session: sessionID))
        if let transfer { return opened(transfer) }
        if case .body(let head, _) = reply, head.status == 204 { return .nothingMore }
        return await taken(reply)
    }

    private func rest(for time: Duration) async throws(ParleyError) -> RunCourse.Input {
        do { try await Task.sleep(for: time) } catch { throw .taskCancelled }
        return .rested
    }

    private func read() async throws(ParleyError) -> RunCourse.Input {
        while unread.isEmpty {
            guard let stream else { return .broken(.streamEnded, retry: nil) }
            switch try await stream.transfer.next() {
            case .head: continue
            case .bytes(let bytes):
                do throws(ParleyError) {
                    unread = try self.stream?.parser.take(bytes)[...] ?? []
                } catch {
                    return .failed(error)
                }
            case .end: return .broken(.streamEnded, retry: stream.parser.retry)
            case .failure(let error): return .broken(error, retry: stream.parser.retry)
            }
        }
        let event = unread.removeFirst()
        switch Told(event) {
        case .failure(let error):
            await link.tokens.take(error.auth, insteadOf: tokens)
            return .failed(error)
        case .event(let told):
            if case .finished(let answer) = told { await link.tokens.take(answer.auth, insteadOf: tokens) }
            return .event(told, id: event.id)
        }
    }

    // MARK: What came of it

    private func opened(_ transfer: Transfer) -> RunCourse.Input {
        stream = (transfer, EventStreamParser())
        return .streaming
    }

    private func taken(_ reply: ServiceLink.Reply) async -> RunCourse.Input {
        switch reply {
        case .broken(let error): return .broken(error, retry: nil)
        case .refused(let error):
            await link.tokens.take(error.auth, insteadOf: tokens)
            let newer = link.tokens.current
            let hasNewerTokens = error.code == .unauthorized && newer != tokens
            if hasNewerTokens { tokens = newer }
            return .refused(error, hasNewerTokens: hasNewerTokens)
        case .body(let head, let body):
            guard let answer = try? JSONDecoder().decode(ParleyClient.Answer.self, from: body) else {
                return .refused(ParleyError(head, body: body), hasNewerTokens: false)
            }
            await link.tokens.take(answer.auth, insteadOf: tokens)
            return .answered(answer)
        }
    }

    private func close() {
        stream = nil
        unread = []
    }

    /// Nothing follows. A reader that was cancelled takes its run with it, if that is what was asked for.
    private func end(with error: ParleyError) async {
        close()
        next = .fail(error)
        guard error.code == .taskCancelled, request?.cancelsRunWithTask == true, let run = course.runID else { return }
        // The task is cancelled, and would not send anything any more.
        let (link, session) = (link, sessionID)
        await Task { _ = try? await link.reply(to: .cancel(run, session: session)) }.value
    }
}
