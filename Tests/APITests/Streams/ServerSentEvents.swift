import Agent
import Foundation
import HummingbirdTesting
import NIOCore

/// A stream of events as a client reads it (HTML standard, section 9.2.6).
struct ServerSentEvents: Equatable {
    struct Event: Equatable {
        var id: String?
        var name: String
        var data: String

        var json: JSONValue { (try? JSONValue(parsing: data.utf8)) ?? .null }
        /// The event's number in its run.
        var number: Int? { id.flatMap { $0.hasSuffix("-0") ? Int($0.dropLast(2)) : nil } }
    }

    var events: [Event] = []
    var comments: [String] = []
    var retry: String?

    init(_ text: String) {
        for block in text.components(separatedBy: "\n\n").dropLast() {
            var event = Event(id: nil, name: "", data: "")
            var data: [String] = []
            for line in block.split(separator: "\n", omittingEmptySubsequences: false) {
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                let value = parts.count > 1 ? String(parts[1].trimmingPrefix(" ")) : ""
                switch parts[0] {
                case "": comments.append(value)
                case "id": event.id = value
                case "event": event.name = value
                case "data": data.append(value)
                case "retry": retry = value
                default: event.name = "not of the protocol: \(line)"
                }
            }
            event.data = data.joined(separator: "\n")
            if !event.name.isEmpty { events.append(event) }
        }
    }

    var names: [String] { events.map(\.name) }
    /// What the model said, as the deltas tell it.
    var text: String { events.filter { $0.name == "text.delta" }.compactMap { $0.json["text"]?.stringValue }.joined() }
}

extension TestResponse {
    var events: ServerSentEvents { ServerSentEvents(String(buffer: body)) }
}
