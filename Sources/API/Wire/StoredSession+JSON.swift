import Agent

extension StoredSession {
    /// The body of `GET /agent/session/{id}`: the stored messages byte for byte, and what is known about them.
    func json(id: SessionID) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(history.count + 256)
        bytes.append(contentsOf: #"{"session_id":"#.utf8)
        bytes.appendJSONString(id.text)
        bytes.append(contentsOf: #","messages":"#.utf8)
        bytes.append(contentsOf: history)
        let members: [(String, Int?)] = [
            ("turns", meta?.turns), ("created_at", meta?.createdAt), ("updated_at", meta?.updatedAt),
            ("expires_in", expiresIn),
        ]
        for (name, value) in members {
            bytes.append(contentsOf: ",\"\(name)\":\(value.map(String.init) ?? "null")".utf8)
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}
