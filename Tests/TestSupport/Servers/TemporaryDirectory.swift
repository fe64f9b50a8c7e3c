import Foundation

/// A new, empty folder that disappears, with all that is in it, when the last reference to it goes.
package final class TemporaryDirectory: Sendable {
    /// Absolute path, without a slash at its end.
    package let path: String

    /// Makes the folder below the system's temporary folder; `name` is for whoever looks in there.
    package init(_ name: String = "test") throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("parley-\(name)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of `name` inside the folder.
    package func file(_ name: String) -> String { path + "/" + name }

    /// Whether the file `name` inside the folder holds `text`; `nil` when there is no such file.
    package func file(_ name: String, holds text: String) -> Bool? {
        FileManager.default.contents(atPath: file(name)).map { $0.range(of: Data(text.utf8)) != nil }
    }

    /// Writes `text` to `name` inside the folder; its path.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: file(name), atomically: true, encoding: .utf8)
        return file(name)
    }
}
