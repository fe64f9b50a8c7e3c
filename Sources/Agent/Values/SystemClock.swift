#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// The system's clock: milliseconds since 1970, UTC.
package func systemMilliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
}
