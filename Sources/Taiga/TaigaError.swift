/// Why something asked of Taiga was not done. The message is written for the model: it says what is wrong and what would
/// be right, and holds no token.
struct TaigaError: Error, Equatable, CustomStringConvertible {
    struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case invalid, notFound, forbidden, unauthorized, conflict, full, unavailable, unknownOutcome, cancelled
        }
        private let kind: Kind

        /// An argument is unknown, missing, mistyped, out of range or names several things.
        static let invalid = Self(kind: .invalid)
        /// The project, or the item inside the request's project, does not exist.
        static let notFound = Self(kind: .notFound)
        /// The user may not do this.
        static let forbidden = Self(kind: .forbidden)
        /// The user's token was not accepted.
        static let unauthorized = Self(kind: .unauthorized)
        /// The item changed since the version that the write was based on.
        static let conflict = Self(kind: .conflict)
        /// There is no room for more.
        static let full = Self(kind: .full)
        /// Taiga cannot be reached, is too slow, failed inside or cannot be understood; nothing was written.
        static let unavailable = Self(kind: .unavailable)
        /// The same, after something was sent that may have been written.
        static let unknownOutcome = Self(kind: .unknownOutcome)
        /// The calling task was cancelled; what was under way may have been written.
        static let cancelled = Self(kind: .cancelled)

        var description: String { kind.rawValue }
    }

    var code: Code
    var message: String
    /// Seconds after which there may be room again, for what was refused because there were too many requests.
    var retryAfter: Int?
    var file: String
    var line: Int

    /// Seconds to stay away when Taiga throttles and does not say for how long: its limits are per minute.
    static let usualWait = 60

    init(_ code: Code, _ message: String, retryAfter: Int? = nil, file: String = #fileID, line: Int = #line) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.file = file
        self.line = line
    }

    var description: String { "\(code): \(message) at \(file):\(line)" }

    /// Equal when they say the same, wherever they were raised.
    static func == (one: Self, other: Self) -> Bool { one.code == other.code && one.message == other.message }
}
