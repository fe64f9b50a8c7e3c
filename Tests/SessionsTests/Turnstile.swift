/// Lets a few through at a time: lives and leases are of seconds in the contract suites, and a machine that starts a
/// server for each of their promises at once does not keep them.
actor Turnstile {
    static let servers = Turnstile(room: 6)

    private var room: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(room: Int) { self.room = room }

    /// Runs `body` when there is room for it.
    nonisolated func pass(_ body: () async throws -> Void) async throws {
        await enter()
        do { try await body() } catch {
            await leave()
            throw error
        }
        await leave()
    }

    private func enter() async {
        guard room == 0 else {
            room -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func leave() {
        if waiting.isEmpty { room += 1 } else { waiting.removeFirst().resume() }
    }
}
