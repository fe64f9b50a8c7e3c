import Hummingbird
import NIOCore
import Synchronization

/// Writes frames to one reader, one portion after another, and counts them.
struct Pen {
    let pulse = ReaderPulse()
    private(set) var events = 0
    private(set) var bytes = 0
    // A pen is a local variable of the one task that writes the response: it is never shared, and never writes twice at once.
    nonisolated(unsafe) private var writer: any ResponseBodyWriter
    private let instance: String

    /// - Parameter instance: the id of the request, for problems.
    init(writer: any ResponseBodyWriter, instance: String) {
        self.writer = writer
        self.instance = instance
    }

    /// Returns when the connection has room for more.
    /// - Throws: when it is closed.
    mutating func write(_ frames: [EventFrame]) async throws {
        guard !frames.isEmpty else { return }
        var buffer = ByteBuffer()
        for frame in frames {
            buffer.write(frame, instance: instance)
            if case .event = frame { events += 1 }
        }
        bytes += buffer.readableBytes
        try await pulse.measuring { try await writer.write(buffer) }
    }

    func finish() async throws {
        try await pulse.measuring { try await writer.finish(nil) }
    }
}

/// Whether a reader takes what it is sent.
final class ReaderPulse: Sendable {
    /// When the write began that is under way.
    private let began = Mutex<ContinuousClock.Instant?>(nil)

    func measuring(_ write: () async throws -> Void) async rethrows {
        began.withLock { $0 = .now }
        defer { began.withLock { $0 = nil } }
        try await write()
    }

    /// Returns when the same write has been under way for `limit`.
    func stalled(for limit: Duration) async throws {
        while true {
            let deadline = (began.withLock { $0 } ?? .now) + limit
            guard deadline > .now else { return }
            try await Task.sleep(until: deadline, clock: .continuous)
        }
    }
}
