/// A moment in whole seconds since 1970, UTC, as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
/// Source: RFC 9110, section 5.6.7; the two obsolete forms are not read.
package struct HTTPDate: Sendable, Equatable {
    package var seconds: Int

    package init(seconds: Int) { self.seconds = seconds }

    /// `nil` when `text` is not written so.
    package init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]), (1...31).contains(day),
            let month = Self.months.firstIndex(of: String(words[2])),
            let year = Int(words[3]), (1970...9999).contains(year)
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        seconds = Self.days(year, month + 1, day) * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Days since 1 January 1970 in the Gregorian calendar. Years are counted from March, so that the leap day is a
    /// year's last; 719,468 days lie between 1 March of year 0 and 1970.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        return 365 * year + year / 4 - year / 100 + year / 400 + (153 * monthFromMarch + 2) / 5 + day - 1 - 719_468
    }
}
