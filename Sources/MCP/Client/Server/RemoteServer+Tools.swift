import Agent

extension RemoteServer {
    /// The server's tools for the caller, from memory while that is fresh.
    func catalog(for caller: Caller) async -> Result<ToolCatalog, MCPError> {
        let key = caller.listKey
        if let catalog = lists.catalog(for: key, change: changes.current, at: .now) { return .success(catalog) }
        let patience = SharedPatience(silence: settings.offerTimeout, longest: settings.offerTimeout)
        let outcome = await patience.bound {
            await self.lists.flights.outcome(for: key) { await self.readCatalog(for: caller, key) }
        }
        if let outcome { return outcome }
        let error = MCPError(.timeout, "it does not answer in time")
        rest(after: error)
        return .failure(error)
    }

    private func readCatalog(for caller: Caller, _ key: String) async -> Result<ToolCatalog, MCPError> {
        let change = changes.current
        var descriptions: [ToolDescription] = []
        var cursor: String?
        var seen: Set<String> = []
        var isCut = false
        var warnings: [String] = []
        for page in 1... {
            var params: [String: JSONValue] = [:]
            params["cursor"] = cursor.map(JSONValue.string)
            if !caller.meta.isEmpty { params["_meta"] = .object(caller.meta) }
            let answer = await ask(
                Question(
                    method: Method.listTools,
                    params: params,
                    fields: caller.fields,
                    silence: settings.listTimeout,
                    longest: settings.listTimeout * 2
                )
            )
            switch answer {
            case .success(let result):
                let meta = result["_meta"]?.objectValue ?? [:]
                caller.take(meta: meta)
                for warning in caller.warnings(in: meta) where !warnings.contains(warning) { warnings.append(warning) }
                descriptions += (result["tools"]?.arrayValue ?? []).compactMap(ToolDescription.init)
                cursor = result["nextCursor"]?.stringValue
            case .failure(let error) where error.rpc?.knownCode == .methodNotFound && page == 1: cursor = nil
            case .failure(let error): return .failure(error)
            }
            guard let next = cursor else { break }
            // A list that goes round in circles, or on and on, is taken as far as it was read.
            guard page < settings.maximumPages, seen.insert(next).inserted,
                descriptions.count <= settings.maximumTools
            else {
                isCut = true
                break
            }
        }
        let catalog = ToolCatalog(
            descriptions,
            warnings: warnings,
            isCut: isCut,
            naming: naming,
            label: title,
            isTrusted: address.isTrusted,
            settings: settings
        )
        lists.keep(
            ListCache.Entry(catalog: catalog, change: change, goodUntil: .now + settings.listLifetime),
            for: key,
            limit: settings.rememberedLists
        )
        return .success(catalog)
    }

    /// Does a call once.
    func call(
        _ entry: ToolCatalog.Entry,
        _ invocation: ToolInvocation,
        for caller: Caller,
        lookOnly: Bool = false
    ) async -> Result<CallResult, MCPError> {
        let arguments = invocation.call.arguments ?? [:]
        var meta = caller.meta
        if entry.knowsKeys {
            meta[MetaKey.idempotencyKey] = .string(invocation.key)
            meta[MetaKey.startedAt] = .int(invocation.startedAt)
            if !invocation.known.isEmpty { meta[MetaKey.knownArtifacts] = .array(invocation.known.map(\.json)) }
            if lookOnly { meta[MetaKey.lookOnly] = true }
        }
        var params: [String: JSONValue] = ["name": .string(entry.name), "arguments": .object(arguments)]
        if !meta.isEmpty { params["_meta"] = .object(meta) }
        let answer = await ask(
            Question(
                method: Method.callTool,
                params: params,
                fields: caller.fields + entry.headers.fields(for: arguments),
                silence: settings.callTimeout,
                longest: settings.longestCall,
                isRepeatable: entry.isRepeatable || lookOnly
            )
        )
        // The server may not know the tool any more.
        if case .failure(let error) = answer, error.rpc != nil { lists.forget(caller.listKey) }
        return answer.map { result in
            let result = CallResult(result)
            caller.take(meta: result.meta)
            return result
        }
    }
}
