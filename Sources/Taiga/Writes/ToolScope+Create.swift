import Agent

/// Something that was created.
struct Creation<Made: TaigaItem>: Sendable {
    var made: Made
    /// Whether the answer to the write was lost, and this was found by looking for it.
    var wasFound = false

    /// What the model is told.
    var json: JSONValue {
        guard wasFound, case .object(var members) = made.full else { return made.full }
        members["note"] = "Taiga's answer was lost. This was looked for and found: it was created, once."
        return .object(members)
    }
}

extension ToolScope {
    /// Pauses before looking once more for something that is not there: a Taiga that is slow to write may still do it.
    private static let looks: [Duration] = [.zero, .milliseconds(300), .seconds(1)]

    /// Creates what `draft` says. When the answer is lost it looks for what came of it, and never sends it again.
    ///
    /// - Parameter known: what this call has created before.
    /// - Throws: `unknownOutcome` when it cannot be told whether it was created.
    func create<D: Draft>(
        _ draft: D,
        besides known: [CreatedArtifact] = []
    ) async throws(TaigaError) -> Creation<D.Made> {
        let failure: TaigaError
        do {
            return Creation(made: try await draft.create(on: backend, in: context))
        } catch {
            guard error.code == .unknownOutcome else { throw error }
            failure = error
        }
        for look in Self.looks {
            guard look == .zero ? true : await pause(look) else { throw TaigaError(.cancelled, "Cancelled.") }
            let found: D.Made?
            do {
                found = try await find([draft], besides: known, isOfThisCall: true)[0]
            } catch {
                guard error.code != .cancelled else { throw error }
                throw TaigaError(
                    .unknownOutcome,
                    "\(failure.message) It is not known whether \"\(draft.item.subject)\" was created, and looking for "
                        + "it failed: \(error.message) List what is there before calling again."
                )
            }
            if let found { return Creation(made: found, wasFound: true) }
        }
        throw TaigaError(
            .unknownOutcome,
            "\(failure.message) \"\(draft.item.subject)\" was looked for and is not there: it was probably not created. "
                + "List what is there before calling again, with a new idempotency_key."
        )
    }

    /// How far apart the clocks of two workers may be, in milliseconds, when one looks for what the other wrote.
    static let workersApart = 60_000

    /// What became of `drafts`, which were sent since the call began; `nil` for what is not there.
    ///
    /// - Parameter isOfThisCall: whether they were sent just now, by this worker.
    func find<D: Draft>(
        _ drafts: [D],
        besides known: [CreatedArtifact] = [],
        isOfThisCall: Bool = false
    ) async throws(TaigaError) -> [D.Made?] {
        let taken = (invocation.known + known).map(\.identity)
        let since = invocation.startedAt - (isOfThisCall ? 0 : Self.workersApart)
        let own = try await D.own(since: since, on: backend, in: context).filter { made in
            !taken.contains(made.artifact.identity)
                && (creator(made.artifact) ?? invocation.key) == invocation.key
        }
        var found = Trace(startedAt: invocation.startedAt).assign(own, to: drafts)
        for (index, made) in found.enumerated() {
            guard let made else { continue }
            // Lists come without descriptions; that it is there is known without one.
            let whole = try? await D.Made.find(.id(made.item.id), on: backend, in: context)
            found[index] = whole ?? made
        }
        return found
    }
}

extension CreatedArtifact {
    /// What it is and its id, whatever its subject may be by now.
    var identity: Identity {
        switch self {
        case .userStory(let id, _, _): Identity(isStory: true, id: id)
        case .task(let id, _, _, _): Identity(isStory: false, id: id)
        }
    }

    struct Identity: Hashable {
        var isStory: Bool
        var id: Int
    }
}
