import Foundation
import TestSupport

/// What a process holds in memory, as Linux counts it.
struct ResidentMemory {
    /// Bytes held now, and the most that were ever held.
    var now, peak: Double

    init(of process: ChildProcess) throws {
        let status = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
        func bytes(_ name: String) throws -> Double {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
            guard
                let kibibytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({
                    Double($0)
                })
            else { throw ServerError("the worker is gone:\n\(process.output.suffix(4000))") }
            return kibibytes * 1024
        }
        now = try bytes("VmRSS")
        peak = try bytes("VmHWM")
    }
}
