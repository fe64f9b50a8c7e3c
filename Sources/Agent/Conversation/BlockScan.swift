/// One content block as the scan of a history sees it.
struct BlockScan {
    private(set) var range: Range<Int>
    /// `nil` when the object has no type.
    private(set) var kind: Block.Kind?
    /// The characters of the id that the kind has, without quotes.
    private(set) var toolID: Range<Int>?
    /// It surely breaks no rule of the Messages API by itself. A block may be right and yet not look so.
    private(set) var isProper = true

    private var shape = Shape.unknown
    private var seen = Keys()
    private var id: Range<Int>?
    private var toolUseID: Range<Int>?

    /// Reads an object.
    init(_ scanner: inout JSONScanner) throws(JSONError) {
        range = scanner.position..<scanner.position
        try scanner.object { (scanner, key) throws(JSONError) in
            let key = scanner.blockKey(key.contents)
            if key.isEmpty || !seen.isDisjoint(with: key) { isProper = false }
            seen.formUnion(key)
            try readValue(of: key, &scanner)
        }
        range = range.lowerBound..<scanner.position
        toolID =
            switch kind {
            case .toolUse: id
            case .toolResult: toolUseID
            default: nil
            }
        let (required, optional) = shape.keys
        isProper = isProper && seen.isSuperset(of: required) && seen.isSubset(of: required.union(optional))
    }

    private mutating func readValue(of key: Keys, _ scanner: inout JSONScanner) throws(JSONError) {
        let first = scanner.peek()
        switch key {
        case .input: isProper = first == UInt8(ascii: "{") && isProper
        case .isError: isProper = (first == UInt8(ascii: "t") || first == UInt8(ascii: "f")) && isProper
        case .cacheControl, .citations: isProper = first == UInt8(ascii: "n") && isProper
        case .content where first == UInt8(ascii: "["): return try readParts(&scanner)
        default: isProper = first == UInt8(ascii: "\"") && isProper
        }
        guard first == UInt8(ascii: "\"") else {
            try scanner.value()
            return
        }
        let text = try scanner.string().contents
        switch key {
        case .type: (shape, kind) = scanner.blockShape(text)
        case .text: isProper = scanner.hasWords(text) && isProper
        case .name: isProper = scanner.isName(text, maxLength: ToolNames.maxNameLength) && isProper
        case .id:
            id = text
            isProper = scanner.isName(text, maxLength: ToolNames.maxIDLength) && isProper
        case .toolUseID: toolUseID = text
        default: return
        }
    }

    /// The parts of a tool's result; texts are what is expected there.
    private mutating func readParts(_ scanner: inout JSONScanner) throws(JSONError) {
        var areProper = true
        try scanner.array { (scanner) throws(JSONError) in
            guard scanner.peek() == UInt8(ascii: "{") else {
                areProper = false
                try scanner.value()
                return
            }
            let part = try BlockScan(&scanner)
            areProper = areProper && part.isProper && part.kind == .text
        }
        isProper = isProper && areProper
    }

    /// Which members a block has.
    fileprivate enum Shape {
        case unknown, text, toolUse, toolResult, thinking, redactedThinking

        var keys: (required: Keys, optional: Keys) {
            switch self {
            case .text: ([.type, .text], [.citations, .cacheControl])
            case .toolUse: ([.type, .id, .name, .input], [.cacheControl])
            case .toolResult: ([.type, .toolUseID], [.content, .isError, .cacheControl])
            case .thinking: ([.type, .thinking, .signature], [])
            case .redactedThinking: ([.type, .data], [])
            // Nothing has it: whatever these are, a closer look is needed.
            case .unknown: (.nothingHasIt, [])
            }
        }
    }

    fileprivate struct Keys: OptionSet {
        let rawValue: UInt16

        static let type = Self(rawValue: 1)
        static let text = Self(rawValue: 1 << 1)
        static let id = Self(rawValue: 1 << 2)
        static let name = Self(rawValue: 1 << 3)
        static let input = Self(rawValue: 1 << 4)
        static let toolUseID = Self(rawValue: 1 << 5)
        static let content = Self(rawValue: 1 << 6)
        static let isError = Self(rawValue: 1 << 7)
        static let thinking = Self(rawValue: 1 << 8)
        static let signature = Self(rawValue: 1 << 9)
        static let data = Self(rawValue: 1 << 10)
        static let cacheControl = Self(rawValue: 1 << 11)
        static let citations = Self(rawValue: 1 << 12)
        static let nothingHasIt = Self(rawValue: 1 << 13)
    }
}

extension JSONScanner {
    fileprivate func blockShape(_ type: Range<Int>) -> (BlockScan.Shape, Block.Kind) {
        if matches(type, "text") { return (.text, .text) }
        if matches(type, "tool_use") { return (.toolUse, .toolUse) }
        if matches(type, "tool_result") { return (.toolResult, .toolResult) }
        if matches(type, "thinking") { return (.thinking, .thinking) }
        if matches(type, "redacted_thinking") { return (.redactedThinking, .thinking) }
        return (.unknown, .other)
    }

    /// Empty for a key that no block is expected to have.
    fileprivate func blockKey(_ key: Range<Int>) -> BlockScan.Keys {
        switch key.count {
        case 2: matches(key, "id") ? .id : []
        case 4:
            if matches(key, "type") {
                .type
            } else if matches(key, "text") {
                .text
            } else if matches(key, "name") {
                .name
            } else {
                matches(key, "data") ? .data : []
            }
        case 5: matches(key, "input") ? .input : []
        case 7: matches(key, "content") ? .content : []
        case 8: matches(key, "is_error") ? .isError : matches(key, "thinking") ? .thinking : []
        case 9: matches(key, "signature") ? .signature : matches(key, "citations") ? .citations : []
        case 11: matches(key, "tool_use_id") ? .toolUseID : []
        case 13: matches(key, "cache_control") ? .cacheControl : []
        default: []
        }
    }

    fileprivate func isName(_ text: Range<Int>, maxLength: Int) -> Bool {
        ToolNames.isPlain(slice(text), maxLength: maxLength)
    }

    /// Whether a string surely holds more than white space. One that seems not to may still.
    func hasWords(_ text: Range<Int>) -> Bool {
        let text = slice(text)
        var index = 0
        while index < text.count {
            switch text[index] {
            // An escape, which may stand for white space; of `\u0020` the digits must not count.
            case UInt8(ascii: "\\"): index += text[index + 1] == UInt8(ascii: "u") ? 6 : 2
            case 0x21...0x7E: return true
            // Unicode's white space starts with one of these bytes. Behind white space a combining mark makes no word.
            case 0xE3 where index == 0 && text[1] != 0x80: return true
            case 0xC2, 0xE1, 0xE2, 0xE3: index += 1
            case 0xC3...0xFF where index == 0: return true
            default: index += 1
            }
        }
        return false
    }
}
