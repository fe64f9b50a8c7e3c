import Agent
import Synchronization

/// Carries messages to one server and back. It knows of eras only what the wire looks like in them.
protocol Link: Sendable {
    /// Over stdio: the server is a program of ours.
    var isProgram: Bool { get }
    /// Counts the connections: an agreement made on one holds for no other.
    var generation: Int { get }

    /// Sends a request and waits for its answer. When the calling task is cancelled, or the request's time is up, the
    /// server is told in the way of its era.
    func send(_ request: OutgoingRequest) async -> Reply

    /// Sends a notification; whether it arrived is not known.
    func notify(_ method: String, _ params: [String: JSONValue], under agreement: Agreement) async

    /// Listens to what the server tells by itself until it stops.
    func listen(under agreement: Agreement) async -> ListenEnd

    /// Does what must go on between requests, until the task is cancelled.
    func run() async

    /// Says goodbye.
    func end(_ agreement: Agreement) async
}

/// Why a server is not listened to any more.
enum ListenEnd: Sendable, Equatable {
    /// It wants to be asked again, not before so many milliseconds have passed.
    case ended(retry: Int?)
    /// It offers nothing to listen to, or tells things in another way.
    case refused
}

/// A request as a link is to send it.
struct OutgoingRequest: Sendable {
    var method: String
    var params: [String: JSONValue]
    /// How to talk; for a request that opens a connection it is what is hoped for.
    var agreement: Agreement
    /// HTTP fields besides those of the protocol.
    var fields: [(name: String, value: String)] = []
    /// For how long nothing may be heard of it.
    var silence: Duration
    /// For how long it may go on at all.
    var longest: Duration
    /// It may reach the server twice.
    var isRepeatable = false

    /// The server may be told to stop. Requests that open a connection must not be cancelled.
    var isCancellable: Bool { method != Method.initialize && method != Method.discover }

    /// The message under our number `id`, which its progress refers to as well.
    func message(id: Int) -> JSONRPCMessage {
        var params = params
        if isCancellable {
            var meta = params["_meta"]?.objectValue ?? [:]
            meta[MetaKey.progressToken] = .int(id)
            params["_meta"] = .object(meta)
        }
        return .request(id: .int(id), method: method, params: params)
    }
}

extension OutgoingRequest {
    /// The modern era's way to be told of changes.
    static func listen(
        under agreement: Agreement,
        for duration: Duration,
        _ settings: MCPClientSettings
    ) -> OutgoingRequest {
        OutgoingRequest(
            method: Method.listen,
            params: agreement.dressed(["notifications": ["toolsListChanged": true]], client: settings.implementation),
            agreement: agreement,
            silence: duration,
            longest: duration
        )
    }
}

/// Counts the times that a server's tools may have changed.
final class ChangeCount: Sendable {
    private let state = Mutex(0)

    var current: Int { state.withLock { $0 } }

    func changed() { state.withLock { $0 += 1 } }
}
