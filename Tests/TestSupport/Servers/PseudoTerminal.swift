import Foundation
import Synchronization

/// A program in a terminal of its own, as somebody types and reads there.
package final class PseudoTerminal: Sendable {
    package static let controlC = "\u{03}"
    package static let controlD = "\u{04}"

    package let process: ChildProcess
    private let descriptor: Int32
    private let shown: Shown

    /// What came out so far, apart from the terminal, so that its reader does not keep that alive.
    private final class Shown: Sendable {
        let bytes = Mutex<[UInt8]>([])
        let changes = EventCount()
    }

    package init(_ executable: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        // As ptsname and unlockpt do it, which Swift is not shown. Source: ioctl_tty(2).
        descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (number, isLocked) = (CInt(0), CInt(0))
        guard ioctl(descriptor, 0x4004_5431, &isLocked) == 0, ioctl(descriptor, 0x8004_5430, &number) == 0 else {
            throw ServerError("no pseudo-terminal: errno \(errno)")
        }
        shown = Shown()
        process = try ChildProcess(
            executable,
            arguments,
            environment: environment,
            outputPath: "/dev/null",
            terminal: "/dev/pts/\(number)"
        )
        Thread.detachNewThread { [descriptor, shown] in Self.read(descriptor, shown) }
    }

    /// Everything that was shown so far, what was typed included.
    package var screen: String { shown.bytes.withLock { String(decoding: $0, as: UTF8.self) } }

    package func type(_ text: String) {
        var bytes = Array(text.utf8)
        _ = write(descriptor, &bytes, bytes.count)
    }

    /// Returns when `text` was shown so many times.
    /// - Throws: when the program ends before, or the task is cancelled.
    package func waitFor(_ text: String, times: Int = 1) async throws {
        while true {
            let changes = shown.changes.count
            if screen.ranges(of: text).count >= times { return }
            guard process.isRunning, !Task.isCancelled else {
                throw ServerError("\(text) was not shown, but:\n\(screen)")
            }
            await shown.changes.wait(for: changes + 1)
        }
    }

    /// Ends with the last descriptor of the program's side.
    private static func read(_ descriptor: Int32, _ shown: Shown) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            shown.bytes.withLock { $0 += buffer.prefix(count) }
            shown.changes.add()
        }
        close(descriptor)
        shown.changes.add()
    }
}
