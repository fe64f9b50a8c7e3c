import Agent

/// What the archive answers, for people.
enum ArchiveTables {
    static func sessions(_ rows: [JSONValue]) -> String {
        var table = TextTable([
            ("SESSION", .left), ("OWNER", .left), ("TURNS", .right), ("CREATED", .right), ("TOKENS IN", .right),
            ("TOKENS OUT", .right), ("FIRST TURN", .left), ("LAST TURN", .left),
        ])
        for row in rows {
            table.append([
                row.shown("session_id"), row.shown("owner"), row.shown("turns"), row.shown("artifacts"),
                row.shown("input_tokens"), row.shown("output_tokens"), row.time("first_turn_at"),
                row.time("last_turn_at"),
            ])
        }
        return text(table, rows.count, "session")
    }

    static func usage(_ rows: [JSONValue]) -> String {
        var table = TextTable([
            ("DAY", .left), ("OWNER", .left), ("MODEL", .left), ("SESSIONS", .right), ("TURNS", .right),
            ("STEPS", .right), ("TOKENS IN", .right), ("CACHED", .right), ("TOKENS OUT", .right),
        ])
        for row in rows {
            table.append([
                row.shown("day"), row.shown("owner"), row.shown("model"), row.shown("sessions"), row.shown("turns"),
                row.shown("steps"), row.shown("input_tokens"), row.shown("cache_read_input_tokens"),
                row.shown("output_tokens"),
            ])
        }
        return text(table, rows.count, "row")
    }

    static func toolCalls(_ rows: [JSONValue]) -> String {
        var table = TextTable([
            ("TIME", .left), ("TOOL", .left), ("OUTCOME", .left), ("MS", .right), ("CREATED", .left), ("OWNER", .left),
            ("SESSION", .left),
        ])
        for row in rows {
            table.append([
                row.time("committed_at"), row.shown("name"), row.shown("outcome"), row.shown("duration_ms"),
                row.list("created"), row.shown("owner"), row.shown("session_id"),
            ])
        }
        return text(table, rows.count, "call")
    }

    /// Each turn with its tool calls below it.
    static func turns(_ rows: [JSONValue], of session: SessionID) -> String {
        var lines = ["session  \(session)"]
        for row in rows {
            let stop = row["stopped_by"]?.stringValue.map { ", stopped by \($0)" } ?? ""
            lines += [
                "",
                "turn \(row.shown("number"))  \(row.time("committed_at"))  \(row.shown("owner"))  \(row.shown("run_id"))",
                "  \(row.shown("model")), \(row.shown("steps")) steps, \(row.shown("input_tokens")) + "
                    + "\(row.shown("output_tokens")) tokens, \(row.shown("duration_ms")) ms\(stop)",
            ]
            for call in row["tool_calls"]?.arrayValue ?? [] {
                let created = call.list("created")
                lines.append(
                    "  -> \(call.shown("name"))  \(call.shown("outcome"))  \(call.shown("duration_ms")) ms"
                        + (created.isEmpty ? "" : "  created \(created)")
                )
            }
            lines += (row["warnings"]?.arrayValue ?? []).map { "  ! " + ($0.stringValue ?? "").printable }
            lines += (row["summary"]?.stringValue ?? "").printableLines.map { "  " + $0 }
        }
        return lines.joined(separator: "\n")
    }

    static func gaps(_ rows: [JSONValue]) -> String {
        let gaps = rows.map { row in
            "  turns \(row.shown("first_number")) to \(row.shown("last_number")) of \(row.shown("owner"))"
        }
        return (["", gaps.isEmpty ? "No turn is missing." : "Not in the archive, since the outbox was full:"] + gaps)
            .joined(separator: "\n")
    }

    private static func text(_ table: TextTable, _ count: Int, _ thing: String) -> String {
        let summary = count == 1 ? "1 \(thing)" : "\(count) \(thing)s"
        return ((count > 0 ? table.lines + [""] : []) + [summary]).joined(separator: "\n")
    }
}

extension JSONValue {
    /// A member as text on one line; `-` for none.
    fileprivate func shown(_ key: String) -> String {
        switch self[key] {
        case .string(let text)?: text.printable
        case nil, .null?: "-"
        case let value?: value.text.printable
        }
    }

    fileprivate func time(_ key: String) -> String { self[key]?.intValue.map(HumanWords.time) ?? "-" }

    fileprivate func list(_ key: String) -> String {
        (self[key]?.arrayValue ?? []).compactMap(\.stringValue).map(\.printable).joined(separator: ", ")
    }
}
