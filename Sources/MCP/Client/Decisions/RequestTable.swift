import Agent

/// The requests on one connection that wait for an answer, by their numbers. Numbers are never used twice.
struct RequestTable: Sendable {
    /// How a request ends.
    enum End: Sendable {
        case result([String: JSONValue])
        case refused(JSONRPCError)
        case failed(MCPError.Code, String)
    }

    enum Action {
        /// Hand `end` to whoever waits for the request.
        case finish(Int, End)
        /// The request is worked on: be patient.
        case extend(Int)
        case toolsChanged
        case send(JSONRPCMessage)
    }

    private let limit: Int
    private var waiting: Set<Int> = []
    private var last = 0
    private(set) var isOpen = true

    init(limit: Int) { self.limit = limit }

    var count: Int { waiting.count }

    /// The new request's number; `nil` when there are as many as allowed, or no connection.
    mutating func add() -> Int? {
        guard isOpen, waiting.count < limit else { return nil }
        last += 1
        waiting.insert(last)
        return last
    }

    func isWaiting(_ number: Int) -> Bool { waiting.contains(number) }

    /// Nobody waits any more; whether the server should be told.
    mutating func cancel(_ number: Int) -> Bool { waiting.remove(number) != nil }

    mutating func take(_ message: JSONRPCMessage) -> Action? {
        switch Incoming(message) {
        case .result(let id, let result): return finish(id, .result(result))
        case .refusal(let id?, let error): return finish(id, .refused(error))
        case .refusal(nil, let error):
            // Whose it is can be told when there is but one.
            guard waiting.count == 1, let only = waiting.first else { return nil }
            return finish(.int(only), .refused(error))
        case .progress(let token):
            guard let number = token.number, waiting.contains(number) else { return nil }
            return .extend(number)
        case .toolsChanged: return .toolsChanged
        case .question(let answer): return .send(answer)
        case .nothing: return nil
        }
    }

    /// A line that is no message, or too long for one. It ends a request when it is clear whose answer it is.
    mutating func take(_ malformed: MalformedMessage) -> Action? {
        switch malformed {
        case .notJSON: return nil
        case .tooLarge:
            guard waiting.count == 1, let only = waiting.first else { return nil }
            return finish(.int(only), .failed(.tooLarge, "its answer is too large"))
        case .notMessage(let id):
            return id.flatMap { finish($0, .failed(.malformed, "its answer is no message")) }
        }
    }

    /// The connection is gone: all who wait, in order. Nothing is added until ``open()``.
    mutating func close() -> [Int] {
        defer { waiting = [] }
        isOpen = false
        return waiting.sorted()
    }

    mutating func open() { isOpen = true }

    private mutating func finish(_ id: RequestID, _ end: End) -> Action? {
        guard let number = id.number, waiting.remove(number) != nil else { return nil }
        return .finish(number, end)
    }
}
