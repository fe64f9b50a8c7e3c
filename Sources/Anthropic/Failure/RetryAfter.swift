import WebClient

/// How long a server asks its client to wait. Source: RFC 9110, section 10.2.3; `retry-after-ms` is the provider's own.
enum RetryAfter {
    /// `nil` when `headers` do not say, or say nothing that can be read.
    static func duration(in headers: WebHeaders, now: HTTPDate) -> Duration? {
        if let text = headers["retry-after-ms"], let milliseconds = Double(text), let wait = valid(milliseconds / 1000)
        {
            return wait
        }
        guard let text = headers["retry-after"] else { return nil }
        if let seconds = Double(text) { return valid(seconds) }
        return HTTPDate(text).map { .seconds(max(0, $0.seconds - now.seconds)) }
    }

    private static func valid(_ seconds: Double) -> Duration? {
        (0...1e9).contains(seconds) ? .milliseconds(Int((seconds * 1000).rounded(.up))) : nil
    }
}
