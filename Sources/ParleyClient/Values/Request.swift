public import Foundation

extension ParleyClient {
    /// One prompt, with how it is to be run.
    public struct Request: Sendable, Hashable {
        public var prompt: String
        /// The session that it goes on with, or begins; `nil`: a single turn, of which nothing is stored.
        public var sessionID: String?
        /// What to do when the session has a run under way; `nil`: wait behind it.
        public var ifBusy: IfBusy?
        /// How long the session lives after each turn from now on; `nil`: as before.
        public var timeToLive: TimeToLive?
        /// Whether an archived session is to be brought back first; `nil`: as the service thinks.
        public var restore: Bool?
        /// What the run acts on, and for whom; `nil`: the client's context.
        public var context: Context?
        /// Names this request. The same request under the same key is run once: keep both, and an answer that was lost,
        /// even with the app, is there for 24 hours. 1 to 255 visible ASCII characters.
        public var idempotencyKey: String
        /// Whether the run is to be cancelled when the task that watches it is. Otherwise it goes on to its end unwatched.
        public var cancelsRunWithTask = false

        public init(_ prompt: String, sessionID: String? = nil, idempotencyKey: String = UUID().uuidString) {
            self.prompt = prompt
            self.sessionID = sessionID
            self.idempotencyKey = idempotencyKey
        }
    }

    /// What to do with a prompt for a session that has a run under way.
    public enum IfBusy: String, Sendable, Hashable, Codable {
        /// Runs behind it.
        case wait
        /// Fails at once, with ``ParleyError/Code/sessionBusy`` and the run's id.
        case reject
        /// Ends the run under way.
        case interrupt
    }

    /// How long a session lives after each turn.
    public enum TimeToLive: String, Sendable, Hashable, Codable {
        /// 5, 30 and 60 minutes.
        case short, medium, long
    }
}
