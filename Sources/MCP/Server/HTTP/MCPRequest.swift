import HTTPTypes
import Hummingbird
import NIOCore

/// What the client takes as an answer.
struct AcceptedTypes: Equatable {
    var json: Bool
    var events: Bool

    /// - Parameter accept: the header; without one everything is taken.
    init(_ accept: String?) {
        guard let accept else {
            self = AcceptedTypes(json: true, events: true)
            return
        }
        let types = accept.split(separator: ",").map { type in
            type.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        }
        func takes(_ names: String...) -> Bool { types.contains(where: names.contains) }
        json = takes("application/json", "application/*", "*/*")
        events = takes("text/event-stream", "text/*", "*/*")
    }

    private init(json: Bool, events: Bool) {
        self.json = json
        self.events = events
    }
}

extension Request {
    var isJSON: Bool {
        let essence = headers[.contentType]?.prefix { $0 != ";" }.filter { $0 != " " } ?? ""
        return essence.lowercased() == "application/json"
    }

    /// The user's tokens in the headers.
    var tokens: PresentedTokens {
        PresentedTokens(authToken: headers[.taigaAuthToken], refresh: headers[.taigaRefreshToken])
    }

    /// The whole body, bounded in size and in time; the time is looked at whenever bytes arrive.
    /// - Throws: ``BodyError``
    func wholeBody(upTo maxBytes: Int, within limit: Duration) async throws -> [UInt8] {
        if let announced = headers[.contentLength].flatMap({ Int($0) }), announced > maxBytes {
            throw BodyError.tooLarge
        }
        let end = ContinuousClock.now + limit
        var whole: [UInt8] = []
        for try await part in body {
            guard whole.count + part.readableBytes <= maxBytes else { throw BodyError.tooLarge }
            guard ContinuousClock.now < end else { throw BodyError.tooSlow }
            whole += part.readableBytesView
        }
        return whole
    }
}

/// Why a body was not read.
enum BodyError: Error {
    case tooLarge
    case tooSlow
}
