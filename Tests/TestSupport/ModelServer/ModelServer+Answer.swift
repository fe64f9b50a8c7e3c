package import Agent

extension ModelServer {
    /// What the server was sent, after it was found in order.
    package struct Request: Sendable {
        /// Counted from 0 over all requests of the server.
        package var index: Int
        package var path: String
        package var headers: [(name: String, value: String)]
        package var body: [UInt8]
        /// `body`, parsed.
        package var json: JSONValue

        package func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        package var messages: [JSONValue] { json["messages"]?.arrayValue ?? [] }

        /// The text of the last message, whether its content is a string or ends with a block of text.
        package var lastText: String? {
            let content = messages.last?["content"]
            return content?.stringValue ?? content?.arrayValue?.last?["text"]?.stringValue
        }

        /// The contents of the tool results in the last message.
        package var toolResults: [String] {
            (messages.last?["content"]?.arrayValue ?? [])
                .filter { $0["type"] == "tool_result" }
                .map { $0["content"]?.stringValue ?? "" }
        }
    }

    /// What the server says, and how it gets it across.
    package struct Answer: Sendable {
        package enum Form: Sendable {
            case message(Message)
            /// An error in the API's shape.
            case error(status: Int, type: String, message: String)
            /// Anything else.
            case raw(status: Int, contentType: String, body: [UInt8])
            /// Closes the connection instead.
            case hangUp
        }

        package var form: Form
        package var headers: [(name: String, value: String)] = []
        package var delivery = Delivery()

        package init(_ form: Form) { self.form = form }

        /// A last answer in words.
        package static func text(_ text: String, stopReason: String = "end_turn") -> Answer {
            Answer(.message(Message(content: [["type": "text", "text": .string(text)]], stopReason: stopReason)))
        }

        /// Words, if any, and calls of tools.
        package static func toolUse(
            _ calls: [(id: String, name: String, input: JSONValue)],
            saying text: String? = nil
        ) -> Answer {
            var content: [JSONValue] = []
            if let text { content.append(["type": "text", "text": .string(text)]) }
            for call in calls {
                content.append([
                    "type": "tool_use", "id": .string(call.id), "name": .string(call.name), "input": call.input,
                ])
            }
            return Answer(.message(Message(content: content, stopReason: "tool_use")))
        }

        package static func error(
            _ status: Int,
            _ type: String,
            _ message: String = "scripted",
            headers: [(name: String, value: String)] = []
        ) -> Answer {
            var answer = Answer(.error(status: status, type: type, message: message))
            answer.headers = headers
            return answer
        }

        package static let hangUp = Answer(.hangUp)

        /// The same answer, delivered otherwise.
        package func delivered(_ change: (inout Delivery) -> Void) -> Answer {
            var copy = self
            change(&copy.delivery)
            return copy
        }
    }

    /// The message that an answer carries.
    package struct Message: Sendable {
        /// Content blocks as the API writes them.
        package var content: [JSONValue]
        package var stopReason: String
        package var usage: Usage = Usage(inputTokens: 10, outputTokens: 5)

        package init(content: [JSONValue], stopReason: String) {
            self.content = content
            self.stopReason = stopReason
        }
    }

    /// How an answer gets to the client, faults included. Events count from 0.
    package struct Delivery: Sendable {
        /// Waits for this before anything is sent.
        package var hold: EventCount?
        /// Waits for the given event count before the event of that number is sent.
        package var holdBefore: [Int: EventCount] = [:]
        /// Waits for this behind the last event, or an error's body, with the response still open.
        package var holdAtEnd: EventCount?
        /// Plain JSON, also where a stream was asked for.
        package var asJSON = false
        /// A `ping` before each event, and an event of a kind that nobody knows.
        package var noise = false
        /// Cuts the bytes into pieces of this size, each sent by itself.
        package var pieceBytes: Int?
        /// Waits so long before each event but the first.
        package var pace: Duration?
        /// Told the number of each event just before it is sent.
        package var sending: (@Sendable (Int) -> Void)?
        /// Into how many characters a stream cuts texts.
        package var deltaLength = 12
        /// After so many events the connection breaks.
        package var cutAfter: Int?
        /// After so many events the stream ends as if it were whole.
        package var endAfter: Int?
        /// After so many events comes an `error` of this type, and the end.
        package var failAfter: (events: Int, type: String)?

        package init() {}
    }
}
