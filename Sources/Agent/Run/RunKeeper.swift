import Logging

/// Makes a run known where others find it, while it lives and at its end, and passes on what they want of it.
struct RunKeeper: Sendable {
    let log: RunLog
    let store: any RunStore
    let timer: RunTimer
    let logger: Logger

    /// Events are made known together: a reader at another worker is at most so far behind.
    private static let pace = Duration.milliseconds(40)
    /// How long it is tried to make the end known.
    private static let lastPatience = Duration.seconds(5)
    private static let firstPause = Duration.milliseconds(50)
    private static let longestPause = Duration.seconds(1)

    /// Returns when the run's end is known, or could not be made known.
    ///
    /// - Parameter cancel: called when someone wants the run to stop; more than once perhaps.
    func keep(_ run: RunID, cancel: @Sendable () -> Void) async {
        if !log.isStreamed {
            // Nobody waits to read along: a run that ends at once is told of once.
            let end = Signal()
            log.watch(changes: Signal(), end: end)
            if !log.record.state.isEnd { await end.wait(until: .now + RunLife.unrecorded) }
            if log.record.state.isEnd { return await keep(run, changes: Signal(), cancel) }
        }
        await store.watching(run, for: .wishes) { await keep(run, changes: $0, cancel) }
    }

    private func keep(_ run: RunID, changes: Signal, _ cancel: @Sendable () -> Void) async {
        let end = Signal()
        log.watch(changes: changes, end: end)
        var progress = Progress()
        while !Task.isCancelled {
            let portion = log.portion(after: progress.written)
            switch await tell(portion, of: run, &progress) {
            case .nothing: break
            case .cancel: cancel()
            case .forgotten: return
            case nil:
                guard await hasPatience(&progress, after: portion) else { return }
                continue
            }
            guard portion.isWhole else { continue }
            if portion.isEnd { return }
            if !portion.events.isEmpty { await end.wait(until: timer.now() + Self.pace) }
            await changes.wait(until: timer.now() + RunLife.renewal)
        }
    }

    private struct Progress {
        /// The number of the newest event that is known.
        var written = 0
        /// Whether the store may know the run, although it has not said so.
        var wasTold = false
        var pause = RunKeeper.firstPause
        /// When the end was first tried to be made known.
        var end: ContinuousClock.Instant?
    }

    /// Makes `portion` known; `nil` when that failed.
    private func tell(_ portion: RunLog.Portion, of run: RunID, _ progress: inout Progress) async -> RunWish? {
        defer { if portion.isOpen { log.announced() } }
        do throws(StoreError) {
            if portion.isForgotten {
                if progress.wasTold { try await store.forget(run) }
                return .forgotten
            }
            guard portion.isOpen else { return portion.isEnd ? .forgotten : .nothing }
            progress.wasTold = true
            let wish = try await store.record(
                portion.record,
                events: portion.events,
                keepingFrom: portion.first
            )
            progress.written = portion.events.last?.number ?? progress.written
            progress.pause = Self.firstPause
            return wish
        } catch {
            logger.debug("Run not recorded", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// Waits before the next attempt; whether there is to be one.
    private func hasPatience(_ progress: inout Progress, after portion: RunLog.Portion) async -> Bool {
        if portion.isEnd {
            let first = progress.end ?? timer.now()
            progress.end = first
            guard timer.now() < first + Self.lastPatience else {
                logger.warning("End of the run not recorded: the store does not take it")
                return false
            }
        }
        // A store that is away must not be asked by every run at every event.
        try? await timer.sleep(timer.now() + progress.pause * Double.random(in: 0.5...1))
        progress.pause = min(progress.pause * 2, Self.longestPause)
        return true
    }
}
