import Agent

/// What Taiga says when it refuses, by the shape of what it sends: the words are translated and change.
enum Refusal: Equatable {
    /// `{"_error_message","_error_type"}`
    case message(String)
    /// `{"<field>":["text"]}`, with `__all__` and `non_field_errors` for what is about no field.
    case fields([String])
    /// `{"version":"text"}`, a string and not an array: someone else was faster.
    case version
    /// `{"detail","code"}`, from the layer that checks tokens.
    case token
    /// HTML, or anything else.
    case unreadable

    /// - Parameter body: of an answer with a status of 300 or more.
    init(_ body: [UInt8]) {
        guard let members = (try? JSONValue(parsing: body))?.objectValue else {
            self = .unreadable
            return
        }
        if let message = members["_error_message"]?.stringValue {
            self = .message(message)
        } else if members["version"]?.stringValue != nil {
            self = .version
        } else if members["detail"]?.stringValue != nil {
            self = .token
        } else {
            let fields = members.sorted { $0.key < $1.key }.compactMap { name, value -> String? in
                let texts = (value.arrayValue ?? [value]).compactMap(\.stringValue)
                guard !texts.isEmpty else { return nil }
                let isOfField = name != "__all__" && name != "non_field_errors"
                return (isOfField ? name + ": " : "") + texts.joined(separator: " ")
            }
            self = fields.isEmpty ? .unreadable : .fields(fields)
        }
    }

    /// What the model is told. `status` is 300 to 499, and neither 401 nor 429.
    func error(status: Int) -> TaigaError {
        switch (status, self) {
        case (300..<400, _):
            TaigaError(
                .unavailable,
                "Taiga has moved, and redirects are not followed. Nothing was done; tell the operator."
            )
        case (_, .version):
            TaigaError(.conflict, "Someone else changed it meanwhile. Read it again before changing it.")
        case (403, _):
            TaigaError(.forbidden, "Taiga does not let this user do that, or what it is about is gone." + words)
        case (404, .unreadable):
            TaigaError(.unavailable, "There is no Taiga API at the configured address. Tell the operator.")
        case (404, _): TaigaError(.notFound, "Taiga has no such thing." + words)
        case (451, _): TaigaError(.forbidden, "The project is blocked in Taiga. Nobody can change it now." + words)
        case (_, .message), (_, .fields): TaigaError(.invalid, "Taiga refused it." + words)
        default: TaigaError(.unavailable, "Taiga refused the request with status \(status). Nothing was done.")
        }
    }

    private var words: String {
        let words =
            switch self {
            case .message(let text): text
            case .fields(let fields): fields.joined(separator: "; ")
            case .version, .token, .unreadable: ""
            }
        let line = String(words.unicodeScalars.map { $0.properties.isWhitespace ? " " : Character($0) }.prefix(400))
        return line.isEmpty ? "" : " It says: \(line)"
    }
}
