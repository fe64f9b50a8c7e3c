/// The statements that one connection has prepared, by their text. Bounded: what comes when it is full is sent unprepared.
struct PreparedTexts {
    enum Plan: Equatable {
        case run(String)
        /// Prepare it under this name first.
        case prepare(String)
        case unprepared
    }

    private let limit: Int
    private var names: [String: String] = [:]
    private var lastNumber = 0

    init(limit: Int = 256) { self.limit = limit }

    /// What to do with `text`. A name is given once, so that a failed preparation leaves nothing in the way.
    mutating func plan(_ text: String) -> Plan {
        if let name = names[text] { return .run(name) }
        guard names.count < limit else { return .unprepared }
        lastNumber += 1
        return .prepare("p\(lastNumber)")
    }

    /// The server has prepared it.
    mutating func prepared(_ text: String, as name: String) { names[text] = name }

    /// The server knows it no longer, or not in this form. (What it may still hold goes with the connection.)
    mutating func forget(_ text: String) { names[text] = nil }
}
