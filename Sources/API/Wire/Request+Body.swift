import Agent
import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
    /// The whole body, bounded in size and in time. The time is looked at whenever bytes arrive; a silent peer is the
    /// connection's idle time-out's.
    /// - Throws: `media-type`, `too-large`, `body-timeout`.
    func jsonBody(upTo maxBytes: Int, within limit: Duration) async throws -> ByteBuffer {
        guard hasJSON else { throw Problem(.mediaType) }
        return try await wholeBody(upTo: maxBytes, within: limit)
    }

    /// The same for a body that may be left out; only one that is there must be JSON.
    func optionalJSONBody(upTo maxBytes: Int, within limit: Duration) async throws -> ByteBuffer? {
        let body = try await wholeBody(upTo: maxBytes, within: limit)
        guard body.readableBytes > 0 else { return nil }
        guard hasJSON else { throw Problem(.mediaType) }
        return body
    }

    private func wholeBody(upTo maxBytes: Int, within limit: Duration) async throws -> ByteBuffer {
        if let announced = headers[.contentLength].flatMap({ Int($0) }), announced > maxBytes {
            throw Problem(.tooLarge, detail: "At most \(maxBytes) bytes are taken.")
        }
        let end = ContinuousClock.now + limit
        var whole: ByteBuffer?
        do {
            for try await part in body {
                guard (whole?.readableBytes ?? 0) + part.readableBytes <= maxBytes else {
                    throw Problem(.tooLarge, detail: "At most \(maxBytes) bytes are taken.")
                }
                guard ContinuousClock.now < end else { throw Problem(.bodyTimeout) }
                // A body that comes in one part, as most do, is not copied.
                if whole?.writeImmutableBuffer(part) == nil { whole = part }
            }
        } catch {
            // Else the connection is gone, or its framing is broken; what is sent now hardly arrives.
            throw (error as? Problem) ?? Problem(.malformed, detail: "The body did not arrive.")
        }
        return whole ?? ByteBuffer()
    }

    private var hasJSON: Bool { headers[.contentType].map(Self.isJSON) == true }

    private static func isJSON(_ contentType: String) -> Bool {
        // As nearly all clients write it.
        if contentType == "application/json" { return true }
        let essence = contentType.prefix { $0 != ";" }.trimmingPrefix { $0 == " " }
        return essence.lowercased().split(separator: " ") == ["application/json"]
    }
}

/// The members of a body that must be one JSON object.
/// - Throws: `malformed`.
func members(parsing bytes: some Collection<UInt8>) throws(Problem) -> [String: JSONValue] {
    let document: JSONValue
    do throws(JSONError) {
        document = try JSONValue(parsing: bytes)
    } catch {
        throw Problem(.malformed, detail: "\(error)")
    }
    guard let members = document.objectValue else { throw Problem(.malformed, detail: "not a JSON object") }
    return members
}
