import Agent
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// One reader's stream of a run's events. Waits for the reader, and for nothing else does the run wait for it.
///
/// It holds one page of events at a time. What becomes of the reader is nothing to the run.
struct EventStream: Sendable {
    let source: any EventSource
    /// The run's log, when the run is of this worker: then the stream goes on to the run's end while the worker shuts down.
    /// `nil`: it ends at once, and the reader comes back to another worker.
    let own: RunLog?
    let settings: StreamSettings
    /// The id of the request, for problems.
    let instance: String
    let connection: any Channel
    let logger: Logger

    /// The response that tells the events behind the one with this number.
    func response(after cursor: Int) -> Response {
        Response(
            status: .ok,
            headers: Self.headers,
            body: ResponseBody { [self] writer in try await write(to: &writer, after: cursor) }
        )
    }

    static let headers: HTTPFields = [
        .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache", .accelBuffering: "no",
    ]

    private func write(to writer: inout any ResponseBodyWriter, after cursor: Int) async throws {
        let start = ContinuousClock.now
        _ = connection.setOption(.socketOption(.so_sndbuf), value: settings.sendBuffer)
        var pen = Pen(writer: writer, instance: instance)
        let outcome = await withTaskGroup(of: Void.self) { group in
            group.addTask { [pulse = pen.pulse] in await drop { try await pulse.stalled(for: settings.stall) } }
            group.addTask { await drop { try await isHoldingUpShutdown() } }
            defer { group.cancelAll() }
            return await follow(with: &pen, after: cursor)
        }
        logger.info(
            "Stream ended",
            metadata: [
                "reason": "\(outcome.map(\.rawValue) ?? "reader-gone")",
                "events": "\(pen.events)",
                "bytes": "\(pen.bytes)",
                "duration_ms": "\((ContinuousClock.now - start) / .milliseconds(1))",
            ]
        )
        // The connection is of no use any more, and the server closes it.
        guard outcome != nil else { throw CancellationError() }
    }

    /// Ends the connection when `condition` returns.
    private func drop(when condition: () async throws -> Void) async {
        do { try await condition() } catch { return }
        logger.debug("Reader dropped")
        connection.close(promise: nil)
    }

    /// Returns when the worker shuts down and has waited for this reader alone for a while.
    private func isHoldingUpShutdown() async throws {
        try await gracefulShutdown()
        await own?.ended()
        try await Task.sleep(for: settings.farewell)
    }

    /// Sends what there is until the stream ends; `nil` when the reader is gone.
    private func follow(with pen: inout Pen, after cursor: Int) async -> EventFollower.End? {
        var follower = EventFollower(after: cursor, heartbeat: settings.heartbeat, retry: settings.retry, at: .now)
        return await source.watching { signal in
            await withGracefulShutdownHandler {
                while !Task.isCancelled {
                    let step = follower.next(await look(after: follower.cursor), at: .now)
                    do {
                        try await pen.write(step.frames)
                        if case .end(let end) = step.next {
                            try await pen.finish()
                            return end
                        }
                    } catch {
                        return nil
                    }
                    if case .wait(let deadline) = step.next { await signal.wait(until: deadline) }
                }
                return nil
            } onGracefulShutdown: {
                signal.raise()
            }
        }
    }

    private func look(after cursor: Int) async -> EventFollower.Input {
        if own == nil, Task.isShuttingDownGracefully { return .draining }
        do throws(StoreError) {
            return try await source.page(after: cursor).map { .page($0) } ?? .gone
        } catch {
            logger.debug("Events not read", metadata: ["error": "\(error)"])
            return .failed
        }
    }
}
