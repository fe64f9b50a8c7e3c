import Glibc
import Synchronization

/// One at a time: a program must not inherit the pipes of another that is being started.
private let spawning = Mutex(())

/// Starts a program in a process group of its own; its number and our ends of its input and output.
func spawn(_ command: [String]) throws(MCPError) -> (pid: pid_t, input: CInt, output: CInt) {
    let outcome = spawning.withLock { _ in Result { () throws(MCPError) in try spawnAlone(command) } }
    return try outcome.get()
}

private func spawnAlone(_ command: [String]) throws(MCPError) -> (pid: pid_t, input: CInt, output: CInt) {
    let input = try Pipe()
    let output: Pipe
    do throws(MCPError) { output = try Pipe() } catch {
        input.close()
        throw error
    }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input.reading, 0)
    posix_spawn_file_actions_adddup2(&actions, output.writing, 1)
    // Our sockets must not stay open in the program; closing what is closed does no harm.
    for descriptor in openDescriptors() where descriptor > 2 {
        posix_spawn_file_actions_addclose(&actions, descriptor)
    }

    // Signals that we ignore or block must reach the program.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var all = sigset_t()
    var none = sigset_t()
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
        &attributes,
        Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP)
    )

    var argv = command.map { strdup($0) } + [nil]
    var envp = harmlessEnvironment().map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var pid: pid_t = 0
    let failure = posix_spawnp(&pid, command[0], &actions, &attributes, &argv, &envp)
    Glibc.close(input.reading)
    Glibc.close(output.writing)
    guard failure == 0 else {
        Glibc.close(input.writing)
        Glibc.close(output.reading)
        throw MCPError(.unreachable, "the program cannot be started: \(String(cString: strerror(failure)))")
    }
    return (pid, input.writing, output.reading)
}

private struct Pipe {
    let reading: CInt
    let writing: CInt

    init() throws(MCPError) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw MCPError(.unreachable, "there is no pipe: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reading = ends[0]
        writing = ends[1]
    }

    func close() {
        Glibc.close(reading)
        Glibc.close(writing)
    }
}

private func openDescriptors() -> [CInt] {
    guard let folder = opendir("/proc/self/fd") else { return [] }
    defer { closedir(folder) }
    var descriptors: [CInt] = []
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if let descriptor = CInt(name), descriptor != dirfd(folder) { descriptors.append(descriptor) }
    }
    return descriptors
}

/// The part of our environment that holds no secrets: a server's program is somebody else's.
private func harmlessEnvironment() -> [String] {
    let names = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"]
    return names.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
}
