#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// A moment in milliseconds since 1970, UTC, as Taiga writes it: `2026-11-22T16:08:58.129Z`.
struct Timestamp: Sendable, Equatable {
    var milliseconds: Int

    init(milliseconds: Int) { self.milliseconds = milliseconds }

    /// `nil` when `text` is not written so; the fraction may be missing, or longer.
    init?(_ text: String) {
        guard text.hasSuffix("Z") else { return nil }
        let parts = text.dropLast().split(separator: "T")
        guard parts.count == 2, CalendarDate(String(parts[0])) != nil else { return nil }
        let day = parts[0].split(separator: "-").compactMap { Int32($0) }
        let seconds = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        let clock = seconds[0].split(separator: ":").compactMap { Int32($0) }
        guard day.count == 3, clock.count == 3, seconds.count <= 2, (0..<24).contains(clock[0]),
            (0..<60).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        var broken = tm()
        (broken.tm_year, broken.tm_mon, broken.tm_mday) = (day[0] - 1900, day[1] - 1, day[2])
        (broken.tm_hour, broken.tm_min, broken.tm_sec) = (clock[0], clock[1], clock[2])
        let fraction = seconds.count == 2 ? seconds[1].prefix(3) : ""
        guard let thousandths = Int(fraction + String(repeating: "0", count: 3 - fraction.count)), thousandths >= 0
        else { return nil }
        milliseconds = timegm(&broken) * 1000 + thousandths
    }

    /// As Taiga writes it.
    var text: String {
        var seconds = Int(milliseconds / 1000)
        var broken = tm()
        gmtime_r(&seconds, &broken)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let day = [Int(broken.tm_year) + 1900, Int(broken.tm_mon) + 1, Int(broken.tm_mday)]
        let clock = [Int(broken.tm_hour), Int(broken.tm_min), Int(broken.tm_sec)]
        return padded(day[0], 4) + day.dropFirst().map { "-" + padded($0, 2) }.joined() + "T"
            + clock.map { padded($0, 2) }.joined(separator: ":") + "." + padded(milliseconds % 1000, 3) + "Z"
    }
}
