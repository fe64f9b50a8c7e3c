import Dispatch
import Foundation
import TestSupport

/// Ctrl-C, or SIGTERM: the servers, which are in sessions of their own, must not outlive the one who started them.
struct Interruption {
    private let sources: [any DispatchSourceSignal]

    /// From now on either signal ends this process and all that it has started.
    init() {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                ChildProcess.killAll()
                exit(128 + number)
            }
            source.resume()
            return source
        }
    }

    /// Leaves the signals to themselves again.
    func ignore() { for source in sources { source.cancel() } }
}
