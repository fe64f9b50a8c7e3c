package import Agent
import NIOHTTP1

extension TaigaServer {
    /// What the server was sent.
    package struct Request: Sendable {
        /// Counted from 0 over all requests of the server.
        package var index: Int
        package var method: String
        /// Below `/api/v1`, without the query.
        package var path: String
        package var query: [String: String]
        package var headers: [(name: String, value: String)]
        package var body: [UInt8]

        init(index: Int, _ head: HTTPRequestHead, _ body: [UInt8]) {
            self.index = index
            method = head.method.rawValue
            let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            path = parts[0].hasPrefix("/api/v1") ? String(parts[0].dropFirst(7)) : "?" + parts[0]
            let pairs = (parts.count == 2 ? parts[1] : "").split(separator: "&").map { field in
                let sides = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (Self.unescaped(sides[0]), sides.count == 2 ? Self.unescaped(sides[1]) : "")
            }
            query = Dictionary(pairs, uniquingKeysWith: { $1 })
            headers = head.headers.map { ($0.name, $0.value) }
            self.body = body
        }

        package func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        /// The body, if it is JSON.
        package var json: JSONValue? { try? JSONValue(parsing: body) }

        /// Whether it writes stories or tasks.
        package var isWrite: Bool {
            method != "GET" && (path.hasPrefix("/userstories") || path.hasPrefix("/tasks"))
        }

        private static func unescaped(_ text: Substring) -> String {
            var bytes: [UInt8] = []
            var rest = text.utf8[...]
            while let byte = rest.popFirst() {
                if byte == UInt8(ascii: "%"), let code = UInt8(String(Substring(rest.prefix(2))), radix: 16) {
                    bytes.append(code)
                    rest = rest.dropFirst(2)
                } else {
                    bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// What the server says.
    package struct Reply: Sendable {
        package var status: Int
        package var headers: [(name: String, value: String)] = []
        package var body: [UInt8]

        package init(_ status: Int, _ contentType: String, _ body: [UInt8]) {
            self.status = status
            self.body = body
            headers = [("Content-Type", contentType)]
        }

        /// An answer in JSON.
        package static func json(_ status: Int, _ json: JSONValue) -> Reply {
            Reply(status, "application/json", json.encoded())
        }

        /// The page for paths that do not exist.
        package static let noSuchPath = Reply(
            404,
            "text/html",
            Array("\n<!doctype html>\n<html lang=\"en\">\n<head>\n<title>Not Found</title>\n</head></html>\n".utf8)
        )

        /// What Taiga says when it fails inside: JSON that is called HTML.
        package static let failed = Reply(
            500,
            "text/html; charset=utf-8",
            JSONValue.object(["error": "Server application error"]).encoded()
        )

        /// A limit on requests, with the seconds to wait.
        package static func throttled(_ seconds: Int) -> Reply {
            var reply = json(
                429,
                [
                    "_error_message": .string("Request was throttled. Expected available in \(seconds) seconds."),
                    "_error_type": "taiga.base.exceptions.Throttled",
                ]
            )
            reply.headers.append(("X-Throttle-Wait-Seconds", "\(seconds)"))
            return reply
        }

        /// A project that the operator has blocked.
        package static let blocked = json(
            451,
            ["_error_message": "Blocked element", "_error_type": "taiga.base.exceptions.Blocked"]
        )
    }

    /// What goes wrong with a request.
    package enum Fault: Sendable {
        /// Closes the connection, and does nothing.
        case cutBefore
        /// Does what was asked, and closes the connection without an answer.
        case cutAfter
        /// Waits, then does what was asked.
        case holdBefore(EventCount)
        /// Does what was asked, then waits.
        case holdAfter(EventCount)
        /// Says this, and does nothing.
        case answer(Reply)
        /// Does what was asked, and says this.
        case answerAfter(Reply)
    }
}
