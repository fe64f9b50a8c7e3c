/// What a history is known by while a worker keeps it: the run whose commit stored it.
///
/// A run stores one history at the most and no run's id comes back, so that no two histories share a version: not after a
/// clear, not after a store has lost what was stored last. What another program wrote has none.
package struct HistoryVersion: Hashable, Sendable {
    package let text: String

    package init(storedBy run: RunID) { text = run.text }
}
