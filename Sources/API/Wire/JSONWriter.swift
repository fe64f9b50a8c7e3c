import Agent

/// JSON that is written straight into bytes, for what each run writes. Who writes keeps to the grammar: one value, or
/// members in an object.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    /// Whether the next member or element follows another one.
    private var needsComma = false

    init() { bytes.reserveCapacity(1024) }

    mutating func append(_ text: String) { bytes.appendJSONString(text) }

    /// `null` for none.
    mutating func append(_ text: String?) {
        if let text { append(text) } else { bytes.append(contentsOf: "null".utf8) }
    }

    mutating func append(_ number: Int) { bytes.append(contentsOf: String(number).utf8) }

    /// - Parameter members: writes them by ``member(_:_:)``.
    mutating func object(_ members: (inout JSONWriter) -> Void) {
        enclose(UInt8(ascii: "{"), UInt8(ascii: "}"), members)
    }

    mutating func member(_ name: StaticString, _ value: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        value(&self)
        needsComma = true
    }

    mutating func array<Element>(_ elements: [Element], _ value: (inout JSONWriter, Element) -> Void) {
        enclose(UInt8(ascii: "["), UInt8(ascii: "]")) { json in
            for element in elements {
                json.separate()
                value(&json, element)
                json.needsComma = true
            }
        }
    }

    private mutating func enclose(_ open: UInt8, _ close: UInt8, _ contents: (inout JSONWriter) -> Void) {
        bytes.append(open)
        needsComma = false
        contents(&self)
        bytes.append(close)
        needsComma = true
    }

    private mutating func separate() { if needsComma { bytes.append(UInt8(ascii: ",")) } }
}
