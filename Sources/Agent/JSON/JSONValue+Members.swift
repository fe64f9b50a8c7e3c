/// Members that must be there; `.wrongMembers` otherwise.
extension JSONValue {
    func int(_ key: String) throws(JSONError) -> Int { try Self.wanted(self[key]?.intValue) }
    func string(_ key: String) throws(JSONError) -> String { try Self.wanted(self[key]?.stringValue) }
    func array(_ key: String) throws(JSONError) -> [JSONValue] { try Self.wanted(self[key]?.arrayValue) }

    private static func wanted<Value>(_ value: Value?) throws(JSONError) -> Value {
        guard let value else { throw .wrongMembers }
        return value
    }
}
