import Agent
import HTTPTypes
import Hummingbird

extension Problem {
    /// The problem that a run's error is for its client.
    init(_ error: RunError) {
        switch error.code {
        case .storeUnavailable: self.init(.storeUnavailable)
        case .historyUnreadable: self.init(.historyUnreadable, detail: "The record was left as it is.")
        case .modelOverloaded: self.init(.modelOverloaded)
        case .deadline: self.init(.deadline, detail: "Nothing was done; the same request may be sent again.")
        case .cancelled: self.init(.cancelled, detail: "Nothing was done.")
        case .draining: self.init(.draining)
        case .sessionBusy:
            self.init(.sessionBusy)
            runID = error.activeRun
        case .interrupted: self.init(.interrupted, detail: "Nothing was done.")
        case .cleared: self.init(.cleared, detail: "Nothing was done.")
        case .notFound: self.init(.notFound)
        case .keyReused: self.init(.keyReused)
        case .overloaded: self.init(.overloaded)
        case .unauthorized: self.init(.unauthorized, detail: "The token was not accepted, and could not be refreshed.")
        default: self.init(.modelFailed, detail: "Nothing was done.")
        }
        auth = error.auth
    }

    init(_ error: AuthenticationError) {
        switch error.code {
        case .rejected: self.init(.unauthorized)
        default: self.init(.taigaUnavailable)
        }
    }

    init(_ error: DirectoryError) {
        switch error.code {
        case .unauthorized: self.init(.unauthorized)
        case .notFound: self.init(.notFound)
        case .overloaded: self.init(.overloaded)
        default: self.init(.taigaUnavailable)
        }
        retryAfter = error.retryAfter ?? retryAfter
    }

    init(_ error: StoreError) {
        switch error.code {
        case .unreadable, .tooLarge: self.init(.historyUnreadable, detail: "The record was left as it is.")
        default: self.init(.storeUnavailable)
        }
    }

    /// What the HTTP server itself refuses, in our shape; `nil` for what it cannot be blamed on the client.
    init?(_ error: any HTTPResponseError) {
        switch error.status {
        case .notFound: self.init(.notFound)
        case .contentTooLarge: self.init(.tooLarge)
        case .badRequest: self.init(.malformed)
        default: return nil
        }
    }
}
