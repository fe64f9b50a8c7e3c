import Agent

/// A list of sessions for people: those used last come first.
struct SessionTable {
    let text: String

    /// - Parameter now: seconds since 1970, UTC.
    init(_ list: SessionList, now: Int) {
        var table = TextTable([
            ("SESSION", .left), ("OWNER", .left), ("TURNS", .right), ("SIZE", .right), ("CREATED", .left),
            ("LAST TURN", .left), ("EXPIRES", .left), ("RUN", .left),
        ])
        let byLastUse = list.sessions.sorted { one, other in
            let times = (one["updated_at"]?.intValue ?? 0, other["updated_at"]?.intValue ?? 0)
            guard times.0 == times.1 else { return times.0 > times.1 }
            return (one["session_id"]?.stringValue ?? "") < (other["session_id"]?.stringValue ?? "")
        }
        for session in byLastUse { table.append(Self.cells(session, now: now)) }
        let count = list.sessions.count
        let more = list.cursor.map { ", and more: --cursor '\($0)'" } ?? ""
        let summary = (count == 1 ? "1 session" : "\(count) sessions") + more
        text = ((count > 0 ? table.lines + [""] : []) + [summary]).joined(separator: "\n")
    }

    private static func cells(_ session: JSONValue, now: Int) -> [String] {
        let waiting = session["waiting"]?.intValue ?? 0
        return [
            session["session_id"]?.stringValue ?? "-",
            session["owner"]?.stringValue ?? "-",
            session["turns"]?.intValue.map(String.init) ?? "-",
            session["bytes"]?.intValue.map(HumanWords.size) ?? "-",
            session["created_at"]?.intValue.map(HumanWords.time) ?? "-",
            session["updated_at"]?.intValue.map { HumanWords.ago($0, now: now) } ?? "-",
            session["expires_in"]?.intValue.map { "in " + HumanWords.length(seconds: $0) } ?? "never",
            (session["run_id"]?.stringValue ?? "-") + (waiting > 0 ? ", \(waiting) waiting" : ""),
        ]
    }
}
