package import Logging
import ServiceLifecycle

/// An HTTP client over libcurl: one loop for all transfers, started and ended by ``run()``. Requests made before it
/// runs wait for it, and have their deadlines watched from then on; requests made after it ended fail. In a service group
/// it stands before the services that use it, so that it is shut down after them.
package final class WebClient: Service {
    private let settings: Settings
    private let logger: Logger
    let mailbox: Mailbox
    private let startsThread: ThreadStart

    /// Has a new thread do something; `false` when the system has none.
    typealias ThreadStart = @Sendable (@escaping @Sendable () -> Void) -> Bool

    package convenience init(settings: Settings = Settings(), logger: Logger) {
        self.init(settings: settings, logger: logger, startsThread: TransferThread.start)
    }

    init(settings: Settings, logger: Logger, startsThread: @escaping ThreadStart) {
        self.settings = settings
        self.logger = logger
        self.startsThread = startsThread
        mailbox = Mailbox(limit: settings.transfers)
    }

    /// Transfers that are waiting or under way.
    package var inFlight: Int { mailbox.inFlight }

    /// Carries transfers until a graceful shutdown, which lets those in flight finish, or a cancellation, which fails
    /// them. Runs once.
    package func run() async throws {
        let loop: TransferLoop
        do throws(WebError) {
            loop = try TransferLoop(mailbox: mailbox, settings: settings)
        } catch {
            mailbox.closeUnlessOpen()
            throw error
        }
        guard mailbox.open(loop) else { throw WebError(.stopped, "the web client runs once") }
        logger.debug("web client runs")
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await mailbox.waitForEnd { startThread(loop) }
            } onGracefulShutdown: {
                self.mailbox.drain()
            }
        } onCancel: {
            mailbox.stop()
        }
        logger.debug("web client stopped")
    }

    private func startThread(_ loop: TransferLoop) {
        let started = startsThread { [mailbox] in
            loop.run()
            mailbox.close()
        }
        guard !started else { return }
        logger.error("web client gets no thread")
        // Nothing can be started any more then; what tasks have started meanwhile has nobody who would end it.
        mailbox.close()
        loop.end()
    }

    /// Sends `request` and gives its response to `use` as soon as the head is here. The transfer ends with the scope:
    /// what `use` has not read is not fetched any more.
    package func withResponse<Result>(
        to request: WebRequest,
        _ use: (WebResponse) async throws(WebError) -> Result
    ) async throws(WebError) -> Result {
        guard let origin = request.origin else { throw WebError(.invalid, "the URL is not accepted") }
        guard request.headers.fields.allSatisfy(\.isSendable) else {
            throw WebError(.invalid, "a header for \(origin) has characters that cannot be sent")
        }
        let transfer = try mailbox.submit(request, origin: origin)
        defer { transfer.abandon(WebError(.cancelled, "the response's scope has ended")) }
        let head = try await transfer.head()
        return try await use(
            WebResponse(
                status: head.status,
                headers: head.headers,
                isMultiplexed: head.isMultiplexed,
                body: WebBody(transfer: transfer)
            )
        )
    }

    /// Sends `request` and waits for the whole response.
    package func reply(to request: WebRequest) async throws(WebError) -> WebReply {
        try await withResponse(to: request) { response throws(WebError) in
            WebReply(status: response.status, headers: response.headers, body: try await response.body.collect())
        }
    }
}
