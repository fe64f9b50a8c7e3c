#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Standard output or standard error without a buffer: each write is one system call, so that lines of several threads
/// do not mix and whoever reads the other end of a pipe has them at once.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                #if canImport(Glibc)
                let count = Glibc.write(rawValue, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                #else
                let count = Darwin.write(rawValue, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                #endif
                // Nobody can be told that the log is gone.
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}
