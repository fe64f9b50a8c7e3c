import Agent

/// Claims that the server was asked for and never answered. It may grant them all the same, once it goes on: to runs that
/// are gone by then, and whose sessions would be held until the lease has run out.
final class LostClaims: Sendable {
    /// More than fit are left to their leases.
    private static let most = 4096
    /// A server that is away for longer grants no claim that is this old any more: its connection is gone.
    private static let patience = Duration.seconds(60)
    private static let longestPause = Duration.milliseconds(400)

    private let claims: AsyncStream<(lease: Lease, time: ContinuousClock.Instant)>
    private let continuation: AsyncStream<(lease: Lease, time: ContinuousClock.Instant)>.Continuation

    init() { (claims, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.most)) }

    func add(_ lease: Lease) { continuation.yield((lease, .now)) }

    /// Gives them back, one after another, trying again while `giveBack` fails, until the task is cancelled.
    func settle(_ giveBack: (Lease) async throws(StoreError) -> Void) async {
        for await (lease, time) in claims {
            var pause = Duration.milliseconds(25)
            while ContinuousClock.now < time + Self.patience, !Task.isCancelled {
                do throws(StoreError) {
                    try await giveBack(lease)
                    break
                } catch {
                    try? await Task.sleep(for: pause)
                    pause = min(pause * 2, Self.longestPause)
                }
            }
        }
    }
}
