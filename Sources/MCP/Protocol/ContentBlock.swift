package import Agent

/// One piece of a tool's result. Source: MCP schemas, `ContentBlock`.
package enum ContentBlock: Sendable, Equatable {
    case text(String)
    /// `data` is base64.
    case image(data: String, mimeType: String)
    /// `data` is base64.
    case audio(data: String, mimeType: String)
    case resourceLink(uri: String, name: String, description: String?, mimeType: String?, size: Int?)
    case textResource(uri: String, text: String, mimeType: String?)
    /// `blob` is base64.
    case binaryResource(uri: String, blob: String, mimeType: String?)
    /// A kind that is not known here, or a known one without what it needs.
    case unknown(type: String)

    package init(_ json: JSONValue) {
        let type = json["type"]?.stringValue ?? ""
        self = Self.known(type, json) ?? .unknown(type: type)
    }

    private static func known(_ type: String, _ json: JSONValue) -> ContentBlock? {
        switch type {
        case "text": return json["text"]?.stringValue.map(ContentBlock.text)
        case "image", "audio":
            guard let data = json["data"]?.stringValue else { return nil }
            let mimeType = json["mimeType"]?.stringValue ?? "application/octet-stream"
            return type == "image" ? .image(data: data, mimeType: mimeType) : .audio(data: data, mimeType: mimeType)
        case "resource_link":
            guard let uri = json["uri"]?.stringValue else { return nil }
            return .resourceLink(
                uri: uri,
                name: json["name"]?.stringValue ?? uri,
                description: json["description"]?.stringValue,
                mimeType: json["mimeType"]?.stringValue,
                size: json["size"]?.intValue
            )
        case "resource":
            guard let resource = json["resource"], let uri = resource["uri"]?.stringValue else { return nil }
            let mimeType = resource["mimeType"]?.stringValue
            if let text = resource["text"]?.stringValue {
                return .textResource(uri: uri, text: text, mimeType: mimeType)
            }
            return resource["blob"]?.stringValue.map { .binaryResource(uri: uri, blob: $0, mimeType: mimeType) }
        default: return nil
        }
    }

    package var json: JSONValue {
        switch self {
        case .text(let text): ["type": "text", "text": .string(text)]
        case .image(let data, let mimeType):
            ["type": "image", "data": .string(data), "mimeType": .string(mimeType)]
        case .audio(let data, let mimeType):
            ["type": "audio", "data": .string(data), "mimeType": .string(mimeType)]
        case .resourceLink(let uri, let name, let description, let mimeType, let size):
            Self.object(
                ["type": "resource_link", "uri": .string(uri), "name": .string(name)],
                [
                    "description": description.map(JSONValue.string), "mimeType": mimeType.map(JSONValue.string),
                    "size": size.map(JSONValue.int),
                ]
            )
        case .textResource(let uri, let text, let mimeType):
            [
                "type": "resource",
                "resource": Self.object(
                    ["uri": .string(uri), "text": .string(text)],
                    ["mimeType": mimeType.map(JSONValue.string)]
                ),
            ]
        case .binaryResource(let uri, let blob, let mimeType):
            [
                "type": "resource",
                "resource": Self.object(
                    ["uri": .string(uri), "blob": .string(blob)],
                    ["mimeType": mimeType.map(JSONValue.string)]
                ),
            ]
        case .unknown(let type): ["type": .string(type)]
        }
    }

    private static func object(_ members: [String: JSONValue], _ optional: [String: JSONValue?]) -> JSONValue {
        .object(members.merging(optional.compactMapValues { $0 }) { member, _ in member })
    }
}
