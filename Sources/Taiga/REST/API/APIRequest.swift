import Agent
import WebClient

/// One request to Taiga's API.
struct APIRequest: Sendable {
    var method: WebRequest.Method
    /// Below the API's root, without a slash at its end: `/projects/1`. Holds nothing that needs escaping.
    var path: String
    var query: [(name: String, value: String)] = []
    var body: JSONValue?

    /// Whether it may change something.
    var isWrite: Bool { method != .get }

    /// A request that reads.
    static func get(_ path: String, _ query: [(name: String, value: String)] = []) -> APIRequest {
        APIRequest(method: .get, path: path, query: query)
    }

    /// A request that creates: sent twice, it does so twice.
    static func post(_ path: String, _ body: JSONValue) -> APIRequest {
        APIRequest(method: .post, path: path, body: body)
    }

    /// A request that changes the members that `body` has.
    static func patch(_ path: String, _ body: JSONValue) -> APIRequest {
        APIRequest(method: .patch, path: path, body: body)
    }

    /// Path and query as they stand in a URL.
    var target: String {
        let fields = query.map { "\($0.name)=\(Self.escaped($0.value))" }
        return path + (fields.isEmpty ? "" : "?" + fields.joined(separator: "&"))
    }

    /// Everything but the unreserved characters of RFC 3986, section 2.3, percent-encoded.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += digits.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return escaped
    }
}

/// A success of Taiga's API.
struct APIReply: Sendable {
    var json: JSONValue
    /// How many there are on all pages, where Taiga says so.
    var total: Int?
}
