import Glibc

/// Bytes of this process in memory.
func residentBytes() -> Int { figure("VmRSS:") * 1024 }

/// Threads of this process.
func threadCount() -> Int { figure("Threads:") }

private func figure(_ name: String) -> Int {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
        let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            .split { $0 == " " || $0 == "\t" || $0 == "\n" }
        if words.first == name[...], words.count > 1 { return Int(words[1]) ?? 0 }
    }
    return 0
}
