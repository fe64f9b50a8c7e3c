public import Foundation

extension ParleyClient {
    /// A conversation that outlives its requests. It begins with its first prompt; there is nothing to open or to close.
    public struct Session: Sendable {
        public let id: String
        let client: ParleyClient

        /// Runs a prompt and returns its answer.
        /// - Parameters:
        ///   - prompt: what the user says.
        ///   - change: changes the request before it is sent.
        public func send(
            _ prompt: String,
            _ change: (inout Request) -> Void = { _ in }
        ) async throws(ParleyError) -> Answer {
            try await client.send(request(prompt, change))
        }

        /// Runs a prompt and tells what happens meanwhile.
        /// - Parameters:
        ///   - prompt: what the user says.
        ///   - change: changes the request before it is sent.
        public func stream(_ prompt: String, _ change: (inout Request) -> Void = { _ in }) -> RunEvents {
            client.stream(request(prompt, change))
        }

        /// What is stored; `nil` when nothing is, or it is someone else's.
        public func history() async throws(ParleyError) -> StoredSession? {
            do throws(ParleyError) {
                return try await client.link.value(StoredSession.self, of: .history(of: id))
            } catch {
                guard error.code == .notFound else { throw error }
                return nil
            }
        }

        /// Forgets the conversation; a run under way is ended. That there was none is no error.
        /// - Parameter erase: what was archived of it, too.
        @discardableResult
        public func clear(erase: Bool = false) async throws(ParleyError) -> Clearing {
            try await client.link.value(Clearing.self, of: .clear(id, erase: erase))
        }

        private func request(_ prompt: String, _ change: (inout Request) -> Void) -> Request {
            var request = Request(prompt, sessionID: id)
            change(&request)
            return request
        }
    }

    /// The session of that id, begun before or not; by itself a new one.
    /// - Parameter id: 1 to 128 characters of `A-Z a-z 0-9 . _ : -`.
    public func session(_ id: String = UUID().uuidString.lowercased()) -> Session { Session(id: id, client: self) }
}
