import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Two file descriptors, read and written without holding up the tasks' shared threads. Blocking system calls on two
/// queues of their own work for pipes, files and terminals alike, and leave the descriptors' flags alone, which other
/// programs may share.
package final class StandardPipes: Sendable {
    private let input: Int32
    private let output: Int32
    private let readQueue = DispatchQueue(label: "mcp.stdio.read")
    private let writeQueue = DispatchQueue(label: "mcp.stdio.write")
    private let reading = Mutex(Reading())

    private struct Reading {
        var isStopped = false
        var waiter: CheckedContinuation<[UInt8], Never>?
    }

    package init(input: Int32 = 0, output: Int32 = 1) {
        self.input = input
        self.output = output
    }

    /// The next bytes; none at the end of the input, and once ``stopReading()`` was called. One caller at a time.
    func read() async -> [UInt8] {
        await withCheckedContinuation { waiter in
            let isStopped = reading.withLock { state in
                if !state.isStopped { state.waiter = waiter }
                return state.isStopped
            }
            guard !isStopped else { return waiter.resume(returning: []) }
            readQueue.async { self.deliver(readOnce(self.input)) }
        }
    }

    /// Ends the input here. A read that is under way keeps its thread until the other side writes or closes; what it
    /// brings is dropped.
    func stopReading() {
        let waiter = reading.withLock { state in
            state.isStopped = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: [])
    }

    /// Returns when all of `bytes` are on their way, or when nobody reads any more. Callers wait in line.
    func write(_ bytes: [UInt8]) async {
        await withCheckedContinuation { done in
            writeQueue.async {
                writeAll(bytes, self.output)
                done.resume()
            }
        }
    }

    private func deliver(_ bytes: [UInt8]) {
        let waiter = reading.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: bytes)
    }
}

private func readOnce(_ descriptor: Int32) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
        var got = -1
        repeat {
            got = read(descriptor, buffer.baseAddress, buffer.count)
        } while got < 0
            && mayTryAgain(descriptor, POLLIN)
        // An input that cannot be read has ended, for all that can be done about it.
        count = max(0, got)
    }
}

private func writeAll(_ bytes: [UInt8], _ descriptor: Int32) {
    bytes.withUnsafeBytes { buffer in
        var rest = buffer[...]
        while !rest.isEmpty {
            let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, mayTryAgain(descriptor, POLLOUT) { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// After a call that failed: whether that means nothing. Where whoever shares the descriptor has made it non-blocking,
/// it is waited for.
private func mayTryAgain(_ descriptor: Int32, _ events: Int32) -> Bool {
    switch errno {
    case EINTR: return true
    case EAGAIN, EWOULDBLOCK:
        var wanted = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        _ = poll(&wanted, 1, -1)
        return true
    default: return false
    }
}
