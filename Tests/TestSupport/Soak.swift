import Foundation

/// How often a long proof repeats what it does: `full` times when `PARLEY_SOAK` is 1, as `deploy/test --soak` sets it.
package func soak(_ full: Int, otherwise: Int) -> Int {
    ProcessInfo.processInfo.environment["PARLEY_SOAK"] == "1" ? full : otherwise
}
