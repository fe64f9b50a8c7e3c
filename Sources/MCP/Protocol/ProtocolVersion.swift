/// A revision of the protocol, named by its date. Revisions that Parley does not know compare by name only.
package struct ProtocolVersion: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package var description: String { rawValue }

    package static let november2024 = Self(rawValue: "2024-11-05")
    package static let march2025 = Self(rawValue: "2025-03-26")
    package static let june2025 = Self(rawValue: "2025-06-18")
    package static let november2025 = Self(rawValue: "2025-11-25")
    package static let july2026 = Self(rawValue: "2026-07-28")

    /// The newest first.
    package static let modern: [Self] = [.july2026]
    /// The newest first.
    package static let legacy: [Self] = [.november2025, .june2025, .march2025, .november2024]

    /// `nil` for a revision that Parley does not speak.
    package var era: Era? {
        if Self.modern.contains(self) { return .modern }
        return Self.legacy.contains(self) ? .legacy : nil
    }

    /// The two ways of talking that cannot be mixed on one wire.
    package enum Era: Sendable, Equatable {
        /// Opens with `initialize`, then keeps a session.
        case legacy
        /// Each request stands for itself and says version and capabilities in its `_meta`.
        case modern
    }
}
