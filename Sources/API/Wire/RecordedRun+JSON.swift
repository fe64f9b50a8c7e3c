import Agent

extension RecordedRun {
    /// The body of `GET /agent/runs/{id}`: the answer or the problem byte for byte as the run's last event told it. Times are
    /// whole seconds since 1970, UTC.
    /// - Parameter instance: the id of the request, for the problem of a run that was lost.
    func json(instance: String) -> [UInt8] {
        let isLost = isLost && !record.state.isEnd
        let members: [(String, [UInt8]?)] = [
            ("run_id", JSONValue.string(record.id.text).encoded()),
            ("session_id", record.session.map { JSONValue.string($0.text).encoded() }),
            ("state", JSONValue.string((isLost ? .failed : record.state).rawValue).encoded()),
            ("created_at", seconds(record.createdAt)),
            ("started_at", record.startedAt.flatMap(seconds)),
            ("ended_at", record.endedAt.flatMap(seconds)),
            ("budgets", record.used.json.encoded()),
            ("answer", lastEvent?.answer),
            ("problem", isLost ? Problem(.workerLost).json(instance: instance).encoded() : lastEvent?.problem),
        ]
        var bytes: [UInt8] = []
        for (name, value) in members {
            bytes.append(contentsOf: bytes.isEmpty ? "{\"\(name)\":".utf8 : ",\"\(name)\":".utf8)
            bytes.append(contentsOf: value ?? Array("null".utf8))
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private func seconds(_ milliseconds: Int) -> [UInt8]? { JSONValue.int(milliseconds / 1000).encoded() }
}

extension BudgetUse {
    fileprivate var json: JSONValue {
        ["steps": .int(steps), "tool_calls": .int(toolCalls), "write_calls": .int(writeCalls)]
    }
}
