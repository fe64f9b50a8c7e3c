import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A `URLSession` whose responses are taken as they come: through a delegate, since FoundationNetworking has no
/// `URLSession.bytes`. It ends when it is let go of; what is under way goes on.
final class Transport: Sendable {
    /// Bytes of a response that may wait for whoever takes them.
    private static let mailboxBytes = 16 * 1024 * 1024

    private let session: URLSession
    private let delegate: ResponseDelegate

    /// - Parameter configure: changes the session's configuration, which keeps nothing on disk and sends no cookies.
    init(_ configure: (URLSessionConfiguration) -> Void) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        // Runs that are watched hold a connection each, and none of them may keep a cancel from going out.
        configuration.httpMaximumConnectionsPerHost = 64
        configure(configuration)
        delegate = ResponseDelegate()
        session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: nil)
    }

    deinit { session.finishTasksAndInvalidate() }

    func begin(_ request: URLRequest) -> (URLSessionDataTask, Inbox) {
        let task = session.dataTask(with: request)
        let inbox = Inbox(limit: Self.mailboxBytes)
        delegate.add(inbox, for: task)
        task.resume()
        return (task, inbox)
    }
}

/// Takes what the session tells to the inbox of the task that it is about.
private final class ResponseDelegate: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    // Under the lock alone.
    private var inboxes: [Int: Inbox] = [:]
    private let lock = NSLock()

    func add(_ inbox: Inbox, for task: URLSessionTask) { lock.withLock { inboxes[task.taskIdentifier] = inbox } }

    private func inbox(of task: URLSessionTask) -> Inbox? { lock.withLock { inboxes[task.taskIdentifier] } }

    func urlSession(
        _ session: URLSession,
        dataTask: URLSessionDataTask,
        didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        if let response = response as? HTTPURLResponse { inbox(of: dataTask)?.arrived(ResponseHead(response)) }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        if inbox(of: dataTask)?.arrived(data) == false { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let inbox = lock.withLock { inboxes.removeValue(forKey: task.taskIdentifier) }
        inbox?.ended(error.map { ParleyError($0) })
    }

    /// The service redirects nobody, and tokens are for it alone.
    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}

extension ResponseHead {
    fileprivate init(_ response: HTTPURLResponse) {
        self.init(
            status: response.statusCode,
            contentType: response.value(forHTTPHeaderField: "Content-Type") ?? "",
            requestID: response.value(forHTTPHeaderField: "X-Request-Id"),
            retryAfter: response.value(forHTTPHeaderField: "Retry-After")
        )
    }
}
