import FoundationEssentials

/// Times and sizes as people say them.
enum HumanWords {
    /// Such as `28 min`; the unit is the largest that leaves at least two of it.
    static func length(seconds: Int) -> String {
        switch seconds {
        case ..<120: "\(max(seconds, 0)) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) d"
        }
    }

    /// Such as `3 min ago`. A time to come, as another clock may have it, is now.
    static func ago(_ time: Int, now: Int) -> String {
        let (passed, overflow) = now.subtractingReportingOverflow(time)
        return passed > 0 && !overflow ? length(seconds: passed) + " ago" : "now"
    }

    /// Such as `2026-11-22 20:18:31 UTC`.
    static func time(_ secondsSince1970: Int) -> String {
        // What is beyond the year 9999 is no time that a session can have.
        guard (0...253_402_300_799).contains(secondsSince1970) else { return "?" }
        let style = Date.ISO8601FormatStyle(dateTimeSeparator: .space)
        let text = Date(timeIntervalSince1970: Double(secondsSince1970)).formatted(style)
        return (text.hasSuffix("Z") ? String(text.dropLast()) : text) + " UTC"
    }

    /// Such as `3.4 kB`, in powers of a thousand.
    static func size(bytes: Int) -> String {
        var (value, unit) = (Double(bytes), "B")
        for larger in ["kB", "MB", "GB", "TB"] where value >= 1000 { (value, unit) = (value / 1000, larger) }
        guard unit != "B", value < 9.95 else { return "\(Int(value.rounded())) \(unit)" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }
}
