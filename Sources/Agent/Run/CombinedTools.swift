/// The tools of several providers as those of one. Where two have a tool of the same name, the first one's counts.
package struct CombinedTools: ToolProvider {
    private let providers: [any ToolProvider]

    package init(_ providers: [any ToolProvider]) { self.providers = providers }

    package var name: String { providers.map(\.name).joined(separator: ", ") }

    package func tools(for context: RunContext) async -> ToolOffer {
        var tools: [Tool] = []
        var warnings: [String] = []
        for part in await offers(for: context) {
            let names = Set(tools.map(\.name))
            tools += part.tools.filter { !names.contains($0.name) }
            warnings += part.warnings
        }
        return ToolOffer(tools: ToolList(tools), warnings: warnings)
    }

    package func call(_ invocation: ToolInvocation, in context: RunContext) async -> ToolResult {
        guard let provider = await provider(of: invocation, in: context) else { return Self.missing }
        return await provider.call(invocation, in: context)
    }

    package func outcome(of invocation: ToolInvocation, in context: RunContext) async -> ToolResult {
        guard let provider = await provider(of: invocation, in: context) else {
            var result = ToolResult.error(
                "Outcome unknown: it was begun, and its tool is not there. It may have been done."
            )
            result.mayHaveWritten = true
            return result
        }
        return await provider.outcome(of: invocation, in: context)
    }

    private static let missing = ToolResult.error("This tool is not there any more. Nothing was done.")

    private func provider(of invocation: ToolInvocation, in context: RunContext) async -> (any ToolProvider)? {
        for provider in providers {
            let offer = await provider.tools(for: context)
            if offer.tools.contains(where: { $0.name == invocation.call.name }) { return provider }
        }
        return nil
    }

    /// Asked for at the same time, in the providers' order.
    private func offers(for context: RunContext) async -> [ToolOffer] {
        await withTaskGroup(of: (Int, ToolOffer).self) { group in
            for (index, provider) in providers.enumerated() {
                group.addTask { (index, await provider.tools(for: context)) }
            }
            return await group.reduce(into: [(Int, ToolOffer)]()) { $0.append($1) }
        }
        .sorted { $0.0 < $1.0 }.map(\.1)
    }
}
