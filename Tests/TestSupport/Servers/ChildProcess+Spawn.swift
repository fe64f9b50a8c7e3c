import Foundation

/// Starts a program without copying this process first; its pid.
///
/// - Parameter terminal: the path of a terminal that becomes the program's own, in place of `outputPath`.
func spawn(
    _ arguments: [String],
    environment: [String],
    workingDirectory: String?,
    outputPath: String,
    terminal: String? = nil
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let terminal {
        posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
    } else {
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    }
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // A listening socket of the test must not stay open in the child; closing what is closed does no harm.
    for name in (try? FileManager.default.contentsOfDirectory(atPath: "/dev/fd")) ?? [] {
        if let descriptor = Int32(name), descriptor > 2 { posix_spawn_file_actions_addclose(&actions, descriptor) }
    }

    // Signals that this process ignores or blocks must reach the child.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var all = sigset_t()
    var none = sigset_t()
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    // The first terminal that the leader of a session opens is the session's: Ctrl-C gets there.
    let newSession = terminal == nil ? 0 : startsSession
    let flags = Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK) | newSession
    posix_spawnattr_setflags(&attributes, Int16(flags))

    // `env -C` changes the folder and becomes the program: the pid stays. (The spawn call's own way is hidden from Swift.)
    let arguments = workingDirectory.map { ["env", "-C", $0] + arguments } ?? arguments
    var argv = arguments.map { strdup($0) } + [nil]
    var envp = environment.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var pid: pid_t = 0
    let result = posix_spawnp(&pid, arguments[0], &actions, &attributes, &argv, &envp)
    guard result == 0 else {
        throw ServerError("cannot start \(arguments[0]): \(String(cString: strerror(result)))")
    }
    return pid
}

/// `POSIX_SPAWN_SETSID` of `spawn.h`, which does not show it to Swift.
private let startsSession: Int32 = 0x80

/// Runs a program to its end; throws with its output unless it exits with 0.
package func runToEnd(_ executable: String, _ arguments: [String], in directory: TemporaryDirectory) async throws {
    let log = directory.file("\(executable.split(separator: "/").last ?? "program").log")
    let child = try ChildProcess(executable, arguments, workingDirectory: directory.path, outputPath: log)
    let exit = await child.waitForExit()
    guard exit == .exited(0) else { throw ServerError("\(executable) ended with \(exit):\n\(child.output)") }
}
