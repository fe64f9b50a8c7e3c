import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

extension ParleyError {
    /// What kept a response from arriving, or from arriving whole.
    init(_ error: any Error) {
        let code = (error as? URLError)?.code
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        let reason = (underlying ?? (error as NSError)).userInfo[NSLocalizedDescriptionKey] as? String
        switch code {
        case .cancelled: self = .taskCancelled
        case .timedOut: self.init(.unreachable, "The service said nothing for too long")
        case .badURL, .unsupportedURL: self.init(.unusable, "The service's address is no http or https URL")
        default: self.init(.unreachable, "The service cannot be reached", detail: reason)
        }
    }

    /// The refusal in a response that is not what was asked for.
    init(_ head: ResponseHead, body: Data, now: Date = Date()) {
        if let problem = try? JSONDecoder().decode(ProblemBody.self, from: body), problem.type != nil {
            self.init(problem)
        } else if [429, 502, 503, 504].contains(head.status) {
            self.init(.unavailable, "What stands in front of the service does not reach it")
        } else {
            self.init(.unreadable, "The answer is none of this service")
        }
        status = head.status
        requestID = head.requestID ?? requestID
        retryAfter = head.retryAfter.flatMap { Self.wait($0, from: now) }
    }

    /// Seconds, or a date. Source: RFC 9110 section 10.2.3.
    static func wait(_ text: String, from now: Date) -> Duration? {
        if let seconds = Int(text) { return seconds >= 0 ? .seconds(min(seconds, 86_400)) : nil }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        guard let date = format.date(from: text) else { return nil }
        return .seconds(min(max(date.timeIntervalSince(now).rounded(.up), 0), 86_400))
    }
}
