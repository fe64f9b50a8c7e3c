import CJemalloc

/// Has jemalloc, which serves the whole program, give freed memory back to the system from a thread of its own: a worker that
/// was busy and is idle holds no more than it needs.
///
/// Why jemalloc: a turn allocates hundreds of small things on one thread and frees many of them on another, where glibc's
/// allocator spends its time merging and splitting, and what it holds grows for hours.
func tuneAllocator() {
    var isOn = true
    _ = mallctl("background_thread", nil, nil, &isOn, MemoryLayout<Bool>.size)
}
