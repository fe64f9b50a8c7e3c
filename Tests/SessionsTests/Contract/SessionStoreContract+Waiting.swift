import Agent
import Synchronization
import Testing

extension SessionStoreContract {
    /// One turn at a time: what a second one does is its own choice.
    static let waiting = [
        Self("a second turn may be rejected, and is told by whom") { stage in
            let session = try freshSession("rejected")
            let holder = try await stage.begun(session)
            let second = try await stage.begin(session, ifBusy: .reject, on: stage.another)
            #expect(second == .busy(runID: holder.lease.runID.text))
            #expect(try await stage.commit(holder, "[1]") == .stored)
        },
        Self("a second turn waits for the first, and stands on it") { stage in
            let session = try freshSession("second")
            let holder = try await stage.begun(session)
            try await withThrowingTaskGroup(of: TurnBasis.self) { group in
                group.addTask { try await stage.begun(session, on: stage.another) }
                try await stage.whileHeld(holder) { try await stage.untilWaiting(1, for: session) }
                #expect(try await stage.commit(holder, "[1]") == .stored)
                let second = try #require(try await group.next())
                #expect(second.text == "[1]")
                #expect(second.stored?.meta?.turns == 1)
            }
        },
        Self("those who wait come in their order, those who interrupt before them") { stage in
            let session = try freshSession("queue")
            let holder = try await stage.begun(session)
            try await withThrowingTaskGroup(of: Void.self) { group in
                try await stage.whileHeld(holder) {
                    for (number, name) in ["b", "c", "d", "e"].enumerated() {
                        group.addTask {
                            let store = number % 2 == 0 ? stage.another : stage.store
                            let ifBusy = name == "d" ? IfBusy.interrupt : .wait
                            try await stage.append(name, to: session, ifBusy: ifBusy, on: store)
                        }
                        try await stage.untilWaiting(number + 1, for: session)
                    }
                }
                #expect(try await stage.commit(holder, "a") == .stored)
                try await group.waitForAll()
            }
            #expect(try await stage.text(session) == "adbce")
        },
        Self("whoever has to wait is told so, once", lease: .held) { stage in
            let session = try freshSession("told-to-wait")
            let told = Told()
            let claims = ["free", "rejected", "waiting"].map { name in
                TurnClaim(
                    scope: .session(session),
                    runID: RunID(),
                    principal: .alice,
                    ifBusy: name == "rejected" ? .reject : .wait,
                    waitUntil: .now + .seconds(60),
                    waits: { told.list.withLock { $0.append(name) } }
                )
            }
            let holder = try await stage.store.begin(claims[0]).basis()
            _ = try await stage.another.begin(claims[1])
            try await withThrowingTaskGroup(of: TurnBasis.self) { group in
                group.addTask { try await stage.another.begin(claims[2]).basis() }
                try await stage.whileHeld(holder) {
                    try await stage.untilWaiting(1, for: session)
                    // It asks again a few times meanwhile.
                    try await Task.sleep(for: stage.leaseLength * 2)
                }
                #expect(try await stage.commit(holder, "[1]") == .stored)
                let second = try #require(try await group.next())
                #expect(try await stage.commit(second, "[1,2]") == .stored)
            }
            #expect(told.list.withLock { $0 } == ["waiting"])
        },
        Self("when the first in the queue leaves, the next has its place") { stage in
            let session = try freshSession("gap")
            let holder = try await stage.begun(session)
            let first = try await withThrowingTaskGroup(of: TurnAdmission.self) { group in
                group.addTask { try await stage.begin(session, waiting: .milliseconds(200)) }
                return try await stage.whileHeld(holder) { try await group.next() }
            }
            #expect(first == .busy(runID: holder.lease.runID.text))
            try await withThrowingTaskGroup(of: TurnAdmission.self) { group in
                group.addTask { try await stage.begin(session) }
                try await stage.whileHeld(holder) { try await stage.untilWaiting(1, for: session) }
                try await stage.store.abandon(holder.lease)
                #expect(try await group.next()?.basis().stored == nil)
            }
        },
        Self("whoever interrupts has the running turn told, on whichever worker it is") { stage in
            let session = try freshSession("interrupted")
            let holder = try await stage.begun(session)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    #expect(await stage.store.hold(holder.lease) == .interrupted)
                    let verdict = try await stage.commit(holder, "a")
                    #expect(verdict == .stored)
                }
                group.addTask { try await stage.append("b", to: session, ifBusy: .interrupt, on: stage.another) }
                try await group.waitForAll()
            }
            #expect(try await stage.text(session) == "ab")
        },
        Self("a run that begins to hold its lease after the interruption is told at once") { stage in
            let session = try freshSession("interrupted-early")
            let holder = try await stage.begun(session)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await stage.append("b", to: session, ifBusy: .interrupt, on: stage.another) }
                try await stage.untilWaiting(1, for: session)
                #expect(await stage.store.hold(holder.lease) == .interrupted)
                try await stage.store.abandon(holder.lease)
                try await group.waitForAll()
            }
        },
        Self("no more wait than sixty-four") { stage in
            let session = try freshSession("crowded")
            let holder = try await stage.begun(session)
            try await withThrowingTaskGroup(of: TurnAdmission.self) { group in
                for number in 0..<64 {
                    let store = number % 2 == 0 ? stage.another : stage.store
                    group.addTask { try await stage.begin(session, on: store) }
                }
                try await stage.whileHeld(holder) {
                    try await stage.untilWaiting(64, for: session)
                    #expect(try await stage.begin(session) == .overloaded)
                    #expect(try await stage.begin(session, ifBusy: .interrupt, on: stage.another) == .overloaded)
                    #expect(try await stage.begin(session, ifBusy: .reject) == .busy(runID: holder.lease.runID.text))
                }
                try await stage.clear(session)
                for try await admission in group { #expect(admission == .cleared) }
            }
        },
    ]

    /// Many clients of one session, on two workers.
    static let contention = [
        Self("eight clients of one session lose none of their four hundred turns") { stage in
            let session = try freshSession("contended")
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<8 {
                    group.addTask {
                        let store = client % 2 == 0 ? stage.another : stage.store
                        for turn in 0..<50 { try await stage.append("\(client):\(turn) ", to: session, on: store) }
                    }
                }
                try await group.waitForAll()
            }
            let stored = try #require(try await stage.load(session))
            #expect(stored.meta?.turns == 400)
            var next = Array(repeating: 0, count: 8)
            let turns = String(decoding: stored.history, as: UTF8.self).split(separator: " ")
            for turn in turns {
                let parts = turn.split(separator: ":").compactMap { Int($0) }
                let (client, number) = try (#require(parts.first), #require(parts.last))
                #expect(number == next[client], "a client's turns are in its order")
                next[client] = number + 1
            }
            print("\(stage.store.name): \(turns.count) of 400 turns in order in \(ContinuousClock.now - start)")
            #expect(turns.count == 400)
        }
    ]
}

/// Who was told that they have to wait.
private final class Told: Sendable {
    let list = Mutex<[String]>([])
}
