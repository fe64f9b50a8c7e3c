/// A large value that is kept out of line. Functions that wait keep their frames, and each passing on of a large value is a
/// place in one of them: a run in flight would take tens of kilobytes by that alone.
@propertyWrapper
package struct Indirect<Value: Sendable>: Sendable {
    private final class Box: Sendable {
        let value: Value

        init(_ value: Value) { self.value = value }
    }

    private var box: Box

    package init(wrappedValue: Value) { box = Box(wrappedValue) }

    package var wrappedValue: Value {
        get { box.value }
        set { box = Box(newValue) }
    }
}

extension Indirect: Equatable where Value: Equatable {
    package static func == (one: Indirect, other: Indirect) -> Bool { one.wrappedValue == other.wrappedValue }
}
