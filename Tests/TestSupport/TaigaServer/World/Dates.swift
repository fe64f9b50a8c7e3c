#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Moments as Taiga writes and reads them: `2026-11-22T16:08:58.129Z`.
enum ISODate {
    static func text(_ milliseconds: Int) -> String {
        let thousandths = String(1000 + milliseconds % 1000).dropFirst()
        return formatted(milliseconds, "%Y-%m-%dT%H:%M:%S") + "." + thousandths + "Z"
    }

    static func milliseconds(_ text: String) -> Int? {
        let numbers = text.split { !$0.isNumber }.compactMap { Int32($0) }
        guard (6...7).contains(numbers.count) else { return nil }
        var broken = tm()
        (broken.tm_year, broken.tm_mon, broken.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
        (broken.tm_hour, broken.tm_min, broken.tm_sec) = (numbers[3], numbers[4], numbers[5])
        return timegm(&broken) * 1000 + (numbers.count == 7 ? Int(numbers[6]) : 0)
    }
}

/// Moments as HTTP writes them: `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDateText {
    static func text(_ milliseconds: Int) -> String { formatted(milliseconds, "%a, %d %b %Y %H:%M:%S GMT") }
}

private func formatted(_ milliseconds: Int, _ format: String) -> String {
    var seconds = time_t(milliseconds / 1000)
    var broken = tm()
    gmtime_r(&seconds, &broken)
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = bytes.withUnsafeMutableBytes { buffer in
        strftime(buffer.baseAddress?.assumingMemoryBound(to: CChar.self), 64, format, &broken)
    }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
}
