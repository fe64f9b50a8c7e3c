import Agent
import Synchronization

/// The tool lists that were worked out, by what the user may do: as many as there are unions of roles, which are few.
final class ToolLists: Sendable {
    private let lists = Mutex<[Set<Permission>: ToolList]>([:])

    func list(for permissions: Set<Permission>, _ tools: () -> [Tool]) -> ToolList {
        lists.withLock { lists in
            if let list = lists[permissions] { return list }
            let list = ToolList(tools())
            lists[permissions] = list
            return list
        }
    }
}
