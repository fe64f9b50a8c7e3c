/// What is to happen when, in steps of time: setting and cancelling an alarm cost the same however many there are, and no
/// memory once the wheel has grown. Most alarms are cancelled long before their time.
///
///     slots  ┌───┬───┬───┬ … ┐   the alarms of step n are in slot n mod 4096, each slot a chain;
///            │ 7 │   │ 2 │   │   those of a later round stay in the chain until theirs comes
///            └─┼─┴───┴─┼─┴ … ┘
///     entries  7 ⇄ 4   2 ⇄ 9 ⇄ 1
///
/// Source: G. Varghese and T. Lauck, "Hashed and Hierarchical Timing Wheels" (1987), scheme 6.
struct AlarmWheel<Action> {
    /// One alarm; means nothing any more once that has been cancelled or taken out.
    struct ID: Sendable {
        fileprivate var index: Int
        fileprivate var generation: UInt32
    }

    private struct Entry {
        var action: Action?
        var step = 0
        /// Tells an alarm from those that had its place before.
        var generation: UInt32 = 0
        var previous = none
        var next = none
    }

    private static var none: Int { -1 }
    private static var size: Int { 4096 }

    private var slots = Array(repeating: none, count: size)
    private var entries: [Entry] = []
    private var firstFree = none
    /// The last step whose alarms were taken out.
    private var now = 0
    private(set) var count = 0

    /// No alarm is due before this step; `nil` when there is none. It looks at each slot, so it is to be asked once a step,
    /// not once an alarm.
    var next: Int? {
        guard count > 0 else { return nil }
        return (now + 1...now + Self.size).first { slots[$0 % Self.size] != Self.none }
    }

    /// - Parameter step: one that has passed stands for the next one.
    mutating func set(at step: Int, _ action: Action) -> ID {
        let index = takePlace()
        let step = max(step, now + 1)
        let slot = step % Self.size
        entries[index].action = action
        entries[index].step = step
        entries[index].previous = Self.none
        entries[index].next = slots[slot]
        if slots[slot] != Self.none { entries[slots[slot]].previous = index }
        slots[slot] = index
        count += 1
        return ID(index: index, generation: entries[index].generation)
    }

    /// Whether it was there: neither cancelled before nor taken out as due.
    @discardableResult
    mutating func cancel(_ id: ID) -> Bool {
        guard entries[id.index].generation == id.generation, entries[id.index].action != nil else { return false }
        remove(id.index)
        return true
    }

    /// Takes out what is due at `step` or before, the earliest first.
    mutating func due(at step: Int) -> [Action] {
        var due: [Action] = []
        // After a long sleep each slot is looked at once.
        for passed in stride(from: max(now + 1, step - Self.size + 1), through: step, by: 1) {
            var index = slots[passed % Self.size]
            let first = due.count
            while index != Self.none {
                let entry = entries[index]
                if entry.step <= step, let action = entry.action {
                    due.append(action)
                    remove(index)
                }
                index = entry.next
            }
            // The newest is the first of its chain.
            due[first...].reverse()
        }
        now = max(now, step)
        return due
    }

    private mutating func takePlace() -> Int {
        guard firstFree != Self.none else {
            entries.append(Entry())
            return entries.count - 1
        }
        defer { firstFree = entries[firstFree].next }
        return firstFree
    }

    private mutating func remove(_ index: Int) {
        let entry = entries[index]
        if entry.previous == Self.none {
            slots[entry.step % Self.size] = entry.next
        } else {
            entries[entry.previous].next = entry.next
        }
        if entry.next != Self.none { entries[entry.next].previous = entry.previous }
        entries[index].action = nil
        entries[index].generation &+= 1
        entries[index].next = firstFree
        firstFree = index
        count -= 1
    }
}
