public import Foundation

extension ParleyClient {
    /// What the service has stored of a session.
    public struct StoredSession: Sendable, Hashable {
        public var sessionID: String
        public var messages: [Message]
        /// `nil`, like the times, for a session that another program created.
        public var turns: Int?
        public var createdAt: Date?
        public var updatedAt: Date?
        /// How much longer it lives without another turn; `nil`: for ever.
        public var expiresIn: Duration?
    }

    /// One message of a conversation, in the shape of the Messages API.
    public struct Message: Sendable, Hashable {
        /// `user` or `assistant`.
        public var role: String
        public var content: [Block]
    }

    /// A part of a message.
    public enum Block: Sendable, Hashable {
        case text(String)
        case toolUse(id: String, name: String, input: JSON)
        case toolResult(id: String, content: JSON, isError: Bool)
        /// One that this client does not know, whole.
        case other(JSON)
    }

    /// What clearing a session answered.
    public struct Clearing: Sendable, Hashable, Decodable {
        /// `cleared`
        public var status: String
        public var sessionID: String
        /// What the archive did, when that was to be erased, too.
        public var receipt: JSON?

        private enum CodingKeys: String, CodingKey {
            case status, receipt
            case sessionID = "session_id"
        }
    }
}

extension ParleyClient.StoredSession: Decodable {
    private enum CodingKeys: String, CodingKey {
        case messages, turns
        case sessionID = "session_id"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case expiresIn = "expires_in"
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        sessionID = try members.decode(String.self, forKey: .sessionID)
        messages = try members.list(of: ParleyClient.Message.self, forKey: .messages)
        turns = try members.decodeIfPresent(Int.self, forKey: .turns)
        createdAt = try members.date(forKey: .createdAt)
        updatedAt = try members.date(forKey: .updatedAt)
        expiresIn = try members.decodeIfPresent(Int.self, forKey: .expiresIn).map { .seconds($0) }
    }
}

extension ParleyClient.Message: Decodable {
    private enum CodingKeys: String, CodingKey { case role, content }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        role = try members.decode(String.self, forKey: .role)
        content =
            switch try members.decode(ParleyClient.JSON.self, forKey: .content) {
            case .string(let text): [.text(text)]
            case .array(let blocks): blocks.map(ParleyClient.Block.init)
            case let other: [.other(other)]
            }
    }
}

extension ParleyClient.Block {
    init(_ json: ParleyClient.JSON) {
        let id = json["id"]?.string ?? json["tool_use_id"]?.string ?? ""
        switch json["type"]?.string {
        case "text": self = .text(json["text"]?.string ?? "")
        case "tool_use": self = .toolUse(id: id, name: json["name"]?.string ?? "", input: json["input"] ?? .null)
        case "tool_result":
            self = .toolResult(id: id, content: json["content"] ?? .null, isError: json["is_error"] == .bool(true))
        default: self = .other(json)
        }
    }
}

extension KeyedDecodingContainer {
    /// A time in whole seconds since 1970, UTC.
    func date(forKey key: Key) throws -> Date? {
        try decodeIfPresent(Int.self, forKey: key).map { Date(timeIntervalSince1970: Double($0)) }
    }
}
