import Agent
import TestSupport
import WebClient

/// What a phone has read of a run's events.
struct Watched: Sendable {
    struct Event: Sendable, Equatable {
        var id: String?
        var name: String
        var json: JSONValue
        var arrival: ContinuousClock.Instant

        static func == (one: Event, other: Event) -> Bool {
            one.id == other.id && one.name == other.name && one.json == other.json
        }
    }

    var status: Int
    var headers: WebHeaders
    var events: [Event] = []
    /// Bytes of the body that were read.
    var bytes = 0
    /// Whether the stream came to its end by itself.
    var isWhole = false
    /// After how many milliseconds the phone was asked to come back.
    var retry: Int?
    /// What was answered instead of a stream.
    var json: JSONValue = .null

    var run: String { events.first?.json["run_id"]?.stringValue ?? "" }
    var lastID: String? { events.last { $0.id != nil }?.id }
    var text: String { events.filter { $0.name == "text.delta" }.compactMap { $0.json["text"]?.stringValue }.joined() }
    var names: [String] { events.map(\.name) }
    var answer: JSONValue? { events.last { $0.name == "run.finished" }?.json }
}

extension Phone {
    /// Sends `prompt` and watches the run.
    ///
    /// - Parameters:
    ///   - cut: the connection is dropped behind so many bytes.
    ///   - onEvent: told of each event as it comes; `false` drops the connection.
    func watch(
        _ prompt: String,
        key: String? = nil,
        cut: Int = .max,
        onEvent: (Watched.Event) -> Bool = { _ in true }
    ) async throws -> Watched {
        var headers: WebHeaders = ["content-type": "application/json", "accept": "text/event-stream"]
        if let key { headers["idempotency-key"] = key }
        let request = WebRequest(
            .post,
            url + "/agent/run",
            headers: headers,
            body: body(prompt),
            deadline: .now + .seconds(150)
        )
        return try await watch(request, cut: cut, onEvent: onEvent)
    }

    /// Watches a run from the event behind `id` on.
    func follow(
        _ run: String,
        after id: String? = nil,
        cut: Int = .max,
        onEvent: (Watched.Event) -> Bool = { _ in true }
    ) async throws -> Watched {
        var headers: WebHeaders = ["accept": "text/event-stream"]
        if let id { headers["last-event-id"] = id }
        let path = "/agent/runs/\(run)/events"
        let request = WebRequest(.get, url + path, headers: headers, deadline: .now + .seconds(150))
        return try await watch(request, cut: cut, onEvent: onEvent)
    }

    private func watch(
        _ request: WebRequest,
        cut: Int,
        onEvent: (Watched.Event) -> Bool
    ) async throws -> Watched {
        try await web.withResponse(to: request) { response throws(WebError) in
            var watched = Watched(status: response.status, headers: response.headers)
            guard response.headers["content-type"]?.hasPrefix("text/event-stream") == true else {
                watched.json = (try? JSONValue(parsing: try await response.body.collect())) ?? .null
                return watched
            }
            var parser = EventStreamParser()
            for try await chunk in response.body {
                let kept = chunk.prefix(cut - watched.bytes)
                watched.bytes += kept.count
                for event in try parser.feed(Array(kept)) {
                    let read = Watched.Event(
                        id: event.id,
                        name: event.name,
                        json: (try? JSONValue(parsing: event.data.utf8)) ?? .null,
                        arrival: .now
                    )
                    watched.events.append(read)
                    guard onEvent(read) else { return watched }
                }
                if watched.bytes >= cut { return watched }
            }
            watched.isWhole = true
            watched.retry = parser.retry
            return watched
        }
    }
}
