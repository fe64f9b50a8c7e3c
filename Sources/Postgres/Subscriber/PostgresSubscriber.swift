package import Logging
import ServiceLifecycle

/// Listens to one channel of LISTEN/NOTIFY on a connection of its own. A connection that is lost is made again, with a
/// subscription.
///
/// What is notified while there is no connection is lost; `.subscribed` tells that it may have been.
package final class PostgresSubscriber: Service {
    package enum Event: Sendable, Equatable {
        /// From now on messages arrive. Told after each loss again.
        case subscribed
        /// What was notified, UTF-8 of at most 7999 bytes.
        case message([UInt8])
    }

    private let configuration: PostgresConfiguration
    private let statement: String
    private let watch: SocketWatch
    private let logger: Logger
    private let handler: @Sendable (Event) -> Void

    /// Connects to nothing yet.
    ///
    /// - Parameters:
    ///   - configuration: its statement time-out is also the time after which a silent peer is asked for a sign of life,
    ///     and the time that it has to give one.
    ///   - channel: the channel's name as `pg_notify` takes it, 1 to 63 bytes.
    ///   - handler: called in order; it must not block.
    /// - Throws: `.invalidConfiguration` and `.unavailable`, as `PostgresClient` does.
    package init(
        _ configuration: PostgresConfiguration,
        channel: String,
        logger: Logger,
        handler: @escaping @Sendable (Event) -> Void
    ) throws(PostgresError) {
        try configuration.validate()
        // PostgreSQL would cut a longer name off, and `pg_notify` refuse it.
        guard (1...63).contains(channel.utf8.count), !channel.utf8.contains(0) else {
            throw PostgresError(.invalidConfiguration, "a channel's name has 1 to 63 bytes")
        }
        self.configuration = configuration
        statement =
            "LISTEN \"\(channel.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
        watch = try SocketWatch.shared.get()
        self.logger = logger
        self.handler = handler
    }

    /// Listens until the service is shut down or cancelled.
    package func run() async {
        await cancelWhenGracefulShutdown {
            var failures = 0
            while !Task.isCancelled {
                let (wasSubscribed, reason) = await self.listen()
                if Task.isCancelled { break }
                failures = wasSubscribed ? 1 : failures + 1
                // One line for an outage, not one for each attempt.
                self.logger.log(
                    level: failures == 1 ? .warning : .debug,
                    "No subscription at PostgreSQL",
                    metadata: ["error": "\(reason)"]
                )
                let backoff = self.configuration.backoff
                let pause = backoff.milliseconds(failures: failures, jitter: .random(in: 0..<1))
                try? await Task.sleep(for: .milliseconds(pause))
            }
        }
    }

    /// Connects, subscribes and listens as long as the connection lasts; why it ended.
    private func listen() async -> (wasSubscribed: Bool, reason: PostgresError) {
        var isSubscribed = false
        do throws(PostgresError) {
            let link = try await PostgresLink.connect(configuration, watch: watch)
            defer { link.close() }
            _ = try await link.execute(statement, stake: .nothing, by: timeout)
            isSubscribed = true
            handler(.subscribed)
            while true {
                let payloads = try await link.notifications(by: timeout)
                for payload in payloads { handler(.message(payload)) }
                // Silence may be a connection that is dead without a word.
                if payloads.isEmpty { _ = try await link.execute("", stake: .nothing, by: timeout) }
            }
        } catch {
            return (isSubscribed, error)
        }
    }

    private var timeout: ContinuousClock.Instant {
        .now + .milliseconds(configuration.statementTimeoutMilliseconds)
    }
}
