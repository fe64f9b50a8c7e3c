import CSessionStore

/// An allocator for the C table that knows what is out, and refuses when it is told to.
final class CountingAllocator {
    /// Bytes given and not yet taken back.
    private(set) var bytesOut = 0
    private(set) var blocksOut = 0
    /// The most that `bytesOut` ever was.
    private(set) var peak = 0
    /// How many blocks were asked for.
    private(set) var requests = 0
    /// The request that is refused, counted from 0; `nil`: none.
    var refused: Int?

    /// What the table is created with; this object must outlive the table.
    var callbacks: parley_store_allocator {
        parley_store_allocator(
            allocate: { context, size in
                context.flatMap { Unmanaged<CountingAllocator>.fromOpaque($0).takeUnretainedValue().allocate(size) }
            },
            release: { context, block, size in
                guard let context else { return }
                Unmanaged<CountingAllocator>.fromOpaque(context).takeUnretainedValue().release(block, size)
            },
            context: Unmanaged.passUnretained(self).toOpaque()
        )
    }

    private func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        defer { requests += 1 }
        guard requests != refused else { return nil }
        bytesOut += size
        blocksOut += 1
        peak = max(peak, bytesOut)
        let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        // A reader of memory that was never written finds this.
        block.initializeMemory(as: UInt8.self, repeating: 0xA5, count: size)
        return block
    }

    private func release(_ block: UnsafeMutableRawPointer, _ size: Int) {
        bytesOut -= size
        blocksOut -= 1
        block.deallocate()
    }
}
