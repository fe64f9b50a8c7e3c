extension ParleyError {
    /// What kind of error it is. A service may answer others than those named here.
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        // MARK: What the service answers

        public static let malformed = Self(rawValue: "malformed")
        public static let mediaType = Self(rawValue: "media-type")
        public static let tooLarge = Self(rawValue: "too-large")
        public static let bodyTimeout = Self(rawValue: "body-timeout")
        public static let invalid = Self(rawValue: "invalid")
        public static let keyReused = Self(rawValue: "key-reused")
        public static let unauthorized = Self(rawValue: "unauthorized")
        public static let notFound = Self(rawValue: "not-found")
        public static let sessionBusy = Self(rawValue: "session-busy")
        public static let cleared = Self(rawValue: "cleared")
        public static let cancelled = Self(rawValue: "cancelled")
        public static let interrupted = Self(rawValue: "interrupted")
        public static let historyUnreadable = Self(rawValue: "history-unreadable")
        public static let overloaded = Self(rawValue: "overloaded")
        public static let modelFailed = Self(rawValue: "model-failed")
        public static let modelOverloaded = Self(rawValue: "model-overloaded")
        public static let deadline = Self(rawValue: "deadline")
        public static let storeUnavailable = Self(rawValue: "store-unavailable")
        public static let taigaUnavailable = Self(rawValue: "taiga-unavailable")
        public static let draining = Self(rawValue: "draining")
        public static let workerLost = Self(rawValue: "worker-lost")
        public static let `internal` = Self(rawValue: "internal")
        /// What stands in front of the service has no worker that answers.
        public static let unavailable = Self(rawValue: "unavailable")

        // MARK: What the client finds

        /// There was no answer, or only a part of one.
        public static let unreachable = Self(rawValue: "unreachable")
        /// The answer is none that this service gives.
        public static let unreadable = Self(rawValue: "unreadable")
        /// The address or the request is one that cannot be sent.
        public static let unusable = Self(rawValue: "unusable")
        /// The task that asked was cancelled.
        public static let taskCancelled = Self(rawValue: "task-cancelled")

        /// Whether it passes by itself. What is told in a stream of events has no `Retry-After` to say so.
        var isPassing: Bool { Self.passing.contains(self) }

        private static let passing: Set<Self> = [
            .bodyTimeout, .sessionBusy, .overloaded, .modelOverloaded, .deadline, .storeUnavailable, .taigaUnavailable,
            .draining, .workerLost, .unavailable, .unreachable,
        ]
    }

    static let taskCancelled = Self(.taskCancelled, "The task was cancelled")

    /// The stream of a run's events ended, and the run had not.
    static let streamEnded = Self(.unreachable, "The stream of events ended before the run did")
}
