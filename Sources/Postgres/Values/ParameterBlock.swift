/// A statement's parameters as libpq takes them, all in one allocation. Does no I/O.
struct ParameterBlock: Sendable {
    /// The protocol counts them in 16 bits.
    static let limit = 65_535

    private var storage: [UInt8] = []
    /// Where each value begins; `nil` for null.
    private var starts: [Int?] = []
    private var lengths: [Int32] = []
    /// 0 text, 1 binary.
    private var formats: [Int32] = []

    var count: Int { starts.count }

    /// Throws `.invalidParameter` for more than `limit` bytes in all, and for text with a NUL.
    init(_ parameters: [PostgresParameter], limit: Int) throws(PostgresError) {
        guard parameters.count <= Self.limit else {
            throw PostgresError(.invalidParameter, "\(parameters.count) parameters, more than \(Self.limit)")
        }
        storage.reserveCapacity(parameters.reduce(0) { $0 + $1.roughSize })
        for (index, parameter) in parameters.enumerated() {
            switch parameter {
            case .null: append([UInt8]?.none, format: 0)
            case .integer(let value): append(String(value).utf8, format: 0)
            case .boolean(let value): append((value ? "t" : "f").utf8, format: 0)
            case .bytes(let bytes): append(bytes, format: 1)
            case .text(let text):
                guard !text.utf8.contains(0) else { throw Self.hasNUL(index) }
                append(text.utf8, format: 0)
            case .json(let bytes):
                guard !bytes.contains(0) else { throw Self.hasNUL(index) }
                append(bytes, format: 0)
            }
            guard storage.count <= limit else {
                throw PostgresError(.invalidParameter, "parameters of more than the \(limit) bytes allowed")
            }
        }
    }

    private mutating func append(_ value: (some Collection<UInt8>)?, format: Int32) {
        starts.append(value == nil ? nil : storage.count)
        lengths.append(Int32(value?.count ?? 0))
        formats.append(format)
        if let value { storage.append(contentsOf: value) }
        // libpq reads text up to its NUL, and takes an empty value for null without an address.
        storage.append(0)
    }

    private static func hasNUL(_ index: Int) -> PostgresError {
        PostgresError(.invalidParameter, "parameter $\(index + 1) holds a NUL")
    }

    /// Calls `body` with the arrays that libpq's functions take: values, lengths, formats. They are valid within it only.
    func withPointers<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Result
    ) -> Result {
        storage.withUnsafeBytes { bytes in
            let base = bytes.bindMemory(to: CChar.self).baseAddress
            let values = starts.map { start in start.flatMap { base?.advanced(by: $0) } }
            return values.withUnsafeBufferPointer { values in
                lengths.withUnsafeBufferPointer { lengths in
                    formats.withUnsafeBufferPointer { formats in
                        body(values.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }
}

extension PostgresParameter {
    fileprivate var roughSize: Int {
        switch self {
        case .text(let text): text.utf8.count + 1
        case .bytes(let bytes), .json(let bytes): bytes.count + 1
        case .null, .integer, .boolean: 21
        }
    }
}
