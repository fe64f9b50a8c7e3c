package import Agent
package import HTTPTypes

/// An error as the client sees it: RFC 9457 `application/problem+json`. Nothing internal gets into it.
package struct Problem: Error, Sendable, Equatable {
    /// What kind of problem it is; the last part of its `type`.
    package struct Code: Sendable, Hashable {
        package let text: String
        package let status: HTTPResponse.Status
        package let title: String
        /// ``Problem/retryAfter``, unless something better is known.
        package let retryAfter: Int?

        private init(_ text: String, _ status: HTTPResponse.Status, _ title: String, retryAfter: Int? = nil) {
            self.text = text
            self.status = status
            self.title = title
            self.retryAfter = retryAfter
        }

        package static let malformed = Self("malformed", .badRequest, "The body is not the JSON that this route takes")
        package static let notFound = Self("not-found", .notFound, "There is no such thing here")
        package static let methodNotAllowed = Self(
            "method-not-allowed",
            .methodNotAllowed,
            "This path is not served with this method"
        )
        package static let bodyTimeout = Self("body-timeout", .requestTimeout, "The body took too long to arrive")
        package static let historyUnreadable = Self(
            "history-unreadable",
            .conflict,
            "What is stored for this session is no conversation"
        )
        package static let unauthorized = Self("unauthorized", .unauthorized, "This needs a valid token or password")
        package static let sessionBusy = Self(
            "session-busy",
            .conflict,
            "Another run of this session is under way",
            retryAfter: 1
        )
        package static let interrupted = Self(
            "interrupted",
            .conflict,
            "A newer request of this session took the place of this one"
        )
        package static let cancelled = Self("cancelled", .conflict, "The run was cancelled")
        package static let workerLost = Self(
            "worker-lost",
            .serviceUnavailable,
            "The worker that ran this has died",
            retryAfter: 1
        )
        package static let cleared = Self("cleared", .conflict, "The session was cleared meanwhile")
        package static let keyReused = Self(
            "key-reused",
            .unprocessableContent,
            "The Idempotency-Key was used for another request"
        )
        package static let overloaded = Self("overloaded", .tooManyRequests, "Too many runs or requests", retryAfter: 1)
        package static let tooLarge = Self("too-large", .contentTooLarge, "The body is too large")
        package static let mediaType = Self("media-type", .unsupportedMediaType, "The body must be application/json")
        package static let invalid = Self("invalid", .unprocessableContent, "Some fields are missing or wrong")
        package static let `internal` = Self("internal", .internalServerError, "Something went wrong in the service")
        package static let modelFailed = Self("model-failed", .badGateway, "The language model could not answer")
        package static let modelOverloaded = Self(
            "model-overloaded",
            .serviceUnavailable,
            "The language model has no room now",
            retryAfter: 5
        )
        package static let storeUnavailable = Self(
            "store-unavailable",
            .serviceUnavailable,
            "The session store cannot be used now",
            retryAfter: 1
        )
        package static let taigaUnavailable = Self(
            "taiga-unavailable",
            .serviceUnavailable,
            "Taiga cannot be asked now",
            retryAfter: 1
        )
        package static let draining = Self(
            "draining",
            .serviceUnavailable,
            "This worker is shutting down",
            retryAfter: 1
        )
        package static let deadline = Self(
            "deadline",
            .gatewayTimeout,
            "The language model did not answer in time",
            retryAfter: 1
        )

        /// Every kind that the service knows.
        package static let all: [Self] = [
            malformed, unauthorized, notFound, methodNotAllowed, bodyTimeout, sessionBusy, interrupted, cancelled,
            cleared,
            historyUnreadable, tooLarge, mediaType, invalid, keyReused, overloaded, `internal`, modelFailed,
            modelOverloaded, storeUnavailable, taigaUnavailable, draining, workerLost, deadline,
        ]
    }

    /// What is wrong with one field of the body.
    package struct FieldError: Sendable, Equatable {
        /// The field's path, such as `user_context.id`.
        package var field: String
        package var message: String
    }

    package var code: Code
    /// Seconds after which the very same request may be sent again; `nil` when that would not help.
    package var retryAfter: Int?
    package var detail: String?
    package var errors: [FieldError]
    /// The run that holds the session, for `session-busy`.
    package var runID: String?
    /// The methods that the path is served with, for `method-not-allowed`.
    package var allowed: [HTTPRequest.Method] = []
    /// The user's new token pair, when the run that failed had to refresh it.
    package var auth: Credentials?

    package init(_ code: Code, detail: String? = nil, errors: [FieldError] = []) {
        self.code = code
        retryAfter = code.retryAfter
        self.detail = detail
        self.errors = errors
    }
}
