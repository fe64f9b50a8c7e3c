import Agent

extension ToolScope {
    /// Runs `update`, which writes over `item`. When its answer is lost, the item is read again: a change that went
    /// through has moved its version and left its values.
    ///
    /// - Throws: `unknownOutcome` when the change is not there, or nothing can be seen.
    func write<Made: TaigaItem>(
        over item: Item,
        _ update: () async throws(TaigaError) -> Made,
        isDone: (Made) -> Bool
    ) async throws(TaigaError) -> ToolResult {
        let failure: TaigaError
        do {
            return ToolResult(try await update().full)
        } catch {
            guard error.code == .unknownOutcome else { throw error }
            failure = error
        }
        let now: Made
        do {
            now = try await Made.find(.id(item.id), on: backend, in: context)
        } catch {
            guard error.code != .cancelled else { throw error }
            throw TaigaError(
                .unknownOutcome,
                "\(failure.message) It is not known whether #\(item.ref) was changed, and reading it failed: "
                    + "\(error.message) Read it before calling again."
            )
        }
        guard now.item.version > item.version, isDone(now) else {
            throw TaigaError(
                .unknownOutcome,
                "\(failure.message) #\(item.ref) was read again and does not have the change: it is at version "
                    + "\(now.item.version). Read it before calling again."
            )
        }
        return Self.found(now, "Taiga's answer was lost. The item was read again: the change was made.")
    }

    /// What became of a change to the item with that key.
    func outcomeOfChange<Made: TaigaItem>(
        to key: ItemKey,
        isDone: (Made) -> Bool
    ) async throws(TaigaError) -> ToolResult {
        let now = try await Made.find(key, on: backend, in: context)
        guard isDone(now) else {
            return .error(
                "\(invocation.call.name) was interrupted. #\(now.item.ref) was read again and does not have the change: "
                    + "it is at version \(now.item.version)."
            )
        }
        return Self.found(now, "The call was interrupted. The item was read again: it has the change.")
    }

    private static func found(_ made: some TaigaItem, _ note: String) -> ToolResult {
        guard case .object(var members) = made.full else { return ToolResult(made.full) }
        members["note"] = .string(note)
        return ToolResult(.object(members))
    }
}
