/// The control as one JSON object. What is not there has the value of a new control.
extension SessionControl {
    /// All but the answers that are settled and the entries of the journal.
    package var encoded: [UInt8] {
        var members: [String: JSONValue] = ["fence": .int(fence)]
        members["owner"] = owner.map(JSONValue.string)
        members["holder"] = holder?.json
        if !committedRuns.isEmpty { members["committed"] = .array(committedRuns.map(JSONValue.string)) }
        if clearedFence > 0 { members["cleared"] = .int(clearedFence) }
        if keptUntil > .min { members["kept_until"] = .int(keptUntil) }
        if keys.settledUntil > .min { members["settled_until"] = .int(keys.settledUntil) }
        if !waiting.isEmpty { members["waiting"] = .array(waiting.map(\.json)) }
        if !journal.isEmpty { members["journal"] = journal.json }
        let unsettled = keys.unsettled
        if !unsettled.isEmpty { members["keys"] = .object(unsettled.mapValues(\.json)) }
        return JSONValue.object(members).encoded()
    }

    init(_ json: JSONValue, limits: Limits) throws(JSONError) {
        self.init(Kept(owner: json["owner"]?.stringValue, fence: try json.int("fence")), limits: limits)
        committedRuns = (json["committed"]?.arrayValue ?? []).compactMap(\.stringValue)
        clearedFence = json["cleared"]?.intValue ?? 0
        keptUntil = json["kept_until"]?.intValue ?? .min
        keys.settledUntil = json["settled_until"]?.intValue ?? .min
        if let value = json["holder"] { holder = try Holder(value) }
        waiting = try (json["waiting"]?.arrayValue ?? []).map { waiter throws(JSONError) in try Waiter(waiter) }
        if let value = json["journal"] { journal = try Journal(value) }
        for (key, record) in json["keys"]?.objectValue ?? [:] { keys.restore(key, try KeyRecords.Record(record)) }
    }
}

extension SessionControl.Holder {
    fileprivate var json: JSONValue {
        [
            "run": .string(run.text), "fence": .int(fence), "principal": .string(principal), "end": .int(end),
            "interrupted": .bool(isInterrupted),
        ]
    }

    fileprivate init(_ json: JSONValue) throws(JSONError) {
        self.init(
            run: RunID(stored: try json.string("run")),
            fence: try json.int("fence"),
            principal: try json.string("principal"),
            end: try json.int("end"),
            isInterrupted: json["interrupted"] == .bool(true)
        )
    }
}

extension SessionControl.Waiter {
    fileprivate var json: JSONValue { ["run": .string(run.text), "dead_at": .int(deadAt)] }

    fileprivate init(_ json: JSONValue) throws(JSONError) {
        self.init(run: RunID(stored: try json.string("run")), deadAt: try json.int("dead_at"))
    }
}

extension SessionControl.Journal {
    fileprivate var json: JSONValue {
        [
            "entries": .int(elsewhere + entries.count), "bytes": .int(bytes), "end": .int(end),
            "owner": owner.map(JSONValue.string) ?? .null,
        ]
    }

    fileprivate init(_ json: JSONValue) throws(JSONError) {
        self.init(
            elsewhere: try json.int("entries"),
            owner: json["owner"]?.stringValue,
            bytes: try json.int("bytes"),
            end: try json.int("end")
        )
    }
}

extension SessionControl.KeyRecords.Record {
    /// Of a record that is not settled.
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = ["request": .string(request), "until": .int(until)]
        switch state {
        case .claimed(let run): members["claimed"] = .string(run.text)
        case .blanked(let run): members["blanked"] = run.map { .string($0.text) }
        case .answered: break
        }
        if !followers.isEmpty { members["followers"] = .array(followers.map { .string($0.text) }) }
        return .object(members)
    }

    fileprivate init(_ json: JSONValue) throws(JSONError) {
        let run = { (name: String) in json[name]?.stringValue.map(RunID.init(stored:)) }
        self.init(
            request: try json.string("request"),
            state: run("claimed").map(SessionControl.KeyRecords.State.claimed) ?? .blanked(unanswered: run("blanked")),
            until: try json.int("until"),
            followers: (json["followers"]?.arrayValue ?? []).compactMap(\.stringValue).map(RunID.init(stored:))
        )
    }
}
