package import Agent
package import Logging
import ServiceLifecycle
package import WebClient

/// The tools of other people's servers, over the Model Context Protocol in both its eras. A server that is down, slow or
/// talks nonsense costs the model its tools and nothing more.
///
/// ``run()`` starts the servers that are programs and listens for changed lists; requests before it wait for programs to
/// start. It ends after the runs that use it: in a service group it stands before what serves them, and after the client.
package final class MCPTools: ToolProvider, Service {
    package let name = "mcp"
    private let servers: [RemoteServer]
    private let settings: MCPClientSettings

    package init(
        _ addresses: [MCPServerAddress],
        client: WebClient,
        settings: MCPClientSettings = MCPClientSettings(),
        logger: Logger
    ) {
        self.settings = settings
        let namings = ToolNaming.all(labels: addresses.map(\.label))
        servers = zip(addresses, namings).enumerated().map { index, server in
            let (address, naming) = server
            var logger = logger
            logger[metadataKey: "server"] = "\(address.label)"
            return RemoteServer(
                address,
                naming: naming,
                title: addresses.count == 1 ? "the tool server" : "tool server \(index + 1)",
                settings: settings,
                logger: logger
            ) { [logger] changes in
                switch address.endpoint {
                case .http(let url): HTTPLink(url: url, client: client, settings: settings, changes: changes)
                case .stdio(let command):
                    StdioLink(command: command, settings: settings, changes: changes, logger: logger)
                }
            }
        }
    }

    /// Until a graceful shutdown or a cancellation; then sessions and programs are ended.
    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for server in servers { group.addTask { await server.run() } }
            try? await gracefulShutdown()
            group.cancelAll()
        }
    }

    package func tools(for context: RunContext) async -> ToolOffer {
        let catalogs = await withTaskGroup(of: (Int, Result<ToolCatalog, MCPError>).self) { group in
            for (index, server) in servers.enumerated() {
                group.addTask { (index, await server.catalog(for: Caller(context, at: server))) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        var tools: [Tool] = []
        var warnings: [String] = []
        for (index, server) in servers.enumerated() {
            switch catalogs[index] {
            case .success(let catalog):
                tools += catalog.tools
                warnings += catalog.warnings
            case .failure, nil: warnings.append("Tools are missing: \(server.title) is not available")
            }
        }
        return ToolOffer(tools: ToolList(tools), warnings: warnings)
    }

    package func call(_ invocation: ToolInvocation, in context: RunContext) async -> ToolResult {
        await withEntry(of: invocation, in: context) { server, entry, caller in
            guard invocation.call.arguments != nil else { return .error("The arguments are no JSON object.") }
            var outcome = await server.call(entry, invocation, for: caller)
            if case .failure(let error) = outcome, error.isPassing, let again = SecondTry(after: error, of: entry),
                (try? await Task.sleep(for: settings.backoff.first * 2)) != nil
            {
                outcome = await server.call(entry, invocation, for: caller, lookOnly: again == .look)
            }
            return result(outcome, of: entry, for: caller, server.title)
        }
    }

    /// Asks again where the server takes that for the same call, or where it changes nothing; else says what is not known.
    package func outcome(of invocation: ToolInvocation, in context: RunContext) async -> ToolResult {
        await withEntry(of: invocation, in: context, isBegun: true) { server, entry, caller in
            guard entry.knowsKeys || entry.isRepeatable else {
                return .error(Self.unknownOutcome, mayHaveWritten: true)
            }
            let outcome = await server.call(entry, invocation, for: caller, lookOnly: entry.knowsKeys)
            return result(outcome, of: entry, for: caller, server.title, isBegun: true)
        }
    }

    private static let unknownOutcome = """
        The call was begun and its result was lost: it may or may not have been done. Find out with another tool before \
        you do it again.
        """

    /// What `use` makes of the tool that the model means.
    ///
    /// - Parameter isBegun: the call was begun before; a failure now says nothing about it.
    private func withEntry(
        of invocation: ToolInvocation,
        in context: RunContext,
        isBegun: Bool = false,
        _ use: (RemoteServer, ToolCatalog.Entry, Caller) async -> ToolResult
    ) async -> ToolResult {
        let name = invocation.call.name
        let unknown = ToolResult.error(
            "There is no tool of that name." + (isBegun ? " " + Self.unknownOutcome : ""),
            mayHaveWritten: isBegun
        )
        guard let server = servers.first(where: { $0.naming.owns(name) }) else { return unknown }
        let caller = Caller(context, at: server)
        switch await server.catalog(for: caller) {
        case .success(let catalog):
            guard let entry = catalog[name] else { return unknown }
            return await use(server, entry, caller)
        case .failure(let error): return failure(error, mayBeDone: isBegun, for: caller, server.title)
        }
    }

    // MARK: Results

    private func result(
        _ outcome: Result<CallResult, MCPError>,
        of entry: ToolCatalog.Entry,
        for caller: Caller,
        _ title: String,
        isBegun: Bool = false
    ) -> ToolResult {
        switch outcome {
        case .success(let result):
            let text = ResultText.text(of: result, maximumBytes: settings.maximumResultBytes)
            return caller.result(result, of: entry, text: text)
        case .failure(let error):
            let mayBeDone = entry.tool.access == .write && (isBegun || !error.leavesNothingDone)
            return failure(error, mayBeDone: mayBeDone, for: caller, title)
        }
    }

    private func failure(_ error: MCPError, mayBeDone: Bool, for caller: Caller, _ title: String) -> ToolResult {
        if error.code == .cancelled { return .unfinished }
        var words: String
        if let rpc = error.rpc {
            words = "The tool server refused the call: \(rpc.message.cut(toBytes: 2000)) (code \(rpc.code))"
        } else {
            words = "The tool server failed: \(error.message)."
        }
        if mayBeDone { words += " " + Self.unknownOutcome }
        var result = ToolResult.error(words, mayHaveWritten: mayBeDone)
        result.isUnauthorized = caller.isRefused(by: error)
        if !error.isAboutRequest { result.warnings = ["A tool call failed: \(title) \(error.forUsers)"] }
        return result
    }
}

extension ToolResult {
    fileprivate static func error(_ text: String, mayHaveWritten: Bool) -> ToolResult {
        var result = ToolResult.error(text)
        result.mayHaveWritten = mayHaveWritten
        return result
    }
}

/// What may follow on a call that failed: the program or the connection may be a new one by now.
private enum SecondTry {
    /// The same once more, where that does no harm.
    case call
    /// A server that knew the call's key may have been replaced by one that does not: it is asked to look.
    case look

    init?(after error: MCPError, of entry: ToolCatalog.Entry) {
        if entry.isRepeatable || error.leavesNothingDone {
            self = .call
        } else if entry.knowsKeys {
            self = .look
        } else {
            return nil
        }
    }
}

extension MCPError {
    /// Another attempt may go better.
    fileprivate var isPassing: Bool { code == .closed || code == .unreachable }

    /// In short, for the answer's warnings.
    fileprivate var forUsers: String {
        switch code {
        case .timeout: "did not answer in time"
        case .malformed, .tooLarge, .incompatible: "answered what cannot be used"
        default: "is not available"
        }
    }
}
