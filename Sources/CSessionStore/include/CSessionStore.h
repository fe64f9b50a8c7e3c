// A hash table of byte strings whose entries expire, that never holds more than it was told to, and that gives up the
// entries that lay unused to keep to that. It has no clock, no threads and does no I/O: the time is an argument, memory
// comes from an allocator that the caller may replace, and callers keep their threads apart.
//
//      hash(key) = SipHash-2-4 under the store's secret: nobody outside can make keys that collide
//
//      old table             table, while the store is being resized
//      +--------+            +--------+
//      | moved  |            | bucket |                         Every get, set, remove and sweep moves a bucket from the
//      +--------+            +--------+                         old table to the new one, so no call stalls for a whole
//      | moved  |            | bucket |                         resize. A key belongs to the old table until its bucket
//      +--------+            +--------+                         there has been moved.
//      | bucket |            |  ...   |
//      +--------+
//
//      bucket, one line of the cache, 64 bytes:
//      +-----+-----+-----+-----+-----+-----+-----+---+------+------+------+------+------+------+------+
//      | tag | tag | tag | tag | tag | tag | tag | 0 | slot | slot | slot | slot | slot | slot | slot |
//      +-----+-----+-----+-----+-----+-----+-----+---+--|---+--|---+------+------+------+------+--|---+
//                                                       v      v                                  v
//                                                     entry  entry                              entry --> entry
//
//      A tag is 8 bits of the hash, and says which slots are worth a look: a get waits for the bucket and for the entry
//      that it is for, and seldom for a third line. What comes to a full bucket hangs on its last slot, which is a chain
//      from then on, through `next`; its tag says so.
//
//      oldest <--> entry <--> entry <--> entry <--> newest      All entries, by the last set. A get leaves a mark, and
//                    ^                                          nothing else: the neighbours are two more lines to wait
//                    sweep                                      for. The ceiling takes from the oldest; what has a mark
//                                                               there becomes the newest instead, and loses the mark.
//                                                               The sweep for expired entries walks towards the newest
//                                                               and begins anew after as many entries as there were:
//                                                               nothing that lies still escapes it.
//
//      entry, one block of memory, 48 bytes and what it holds:
//      +------+-------+-------+----------+------------+------+----------+-------+--------+-----+-------+
//      | next | older | newer | deadline | value size | hash | key size | flags | unused | key | value |
//      |  8   |   8   |   8   |    8     |     4      |  4   |    2     |   1   |   5    |     |       |
//      +------+-------+-------+----------+------------+------+----------+-------+--------+-----+-------+
//
//      A pinned entry, a bit of the flags, is not evicted, only expires. Pinned entries and what the caller has reserved
//      take three quarters of the ceiling at the most; a set that they leave no room for is refused.
//
//      To that come 11 to 21 bytes of the table for each entry, 32 while it grows.
//
// Source of the second chance that a mark gives: F. J. Corbato, "A Paging Experiment with the Multics System" (1968).
// Source of the hash: J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF" (2012).
#ifndef PARLEY_STORE_H
#define PARLEY_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct parley_store parley_store;

/// What came of a call.
typedef enum {
    PARLEY_STORE_OK = 0,
    /// The allocator gave nothing. The store is as it was.
    PARLEY_STORE_NO_MEMORY = 1,
    /// The entry could not be kept even if it were alone. The store is as it was.
    PARLEY_STORE_TOO_LARGE = 2,
    /// The ceiling is below `PARLEY_STORE_SMALLEST_CEILING`.
    PARLEY_STORE_TOO_SMALL = 3,
    /// What may not be removed leaves no room. The store is as it was.
    PARLEY_STORE_FULL = 4,
} parley_store_status;

/// Below this many bytes a store is refused: its own tables would not fit.
#define PARLEY_STORE_SMALLEST_CEILING ((size_t)4096)

/// Where the store's memory comes from. Blocks are aligned as `malloc` aligns them.
typedef struct {
    /// A block of `size` bytes, or NULL.
    void *_Nullable (*_Nonnull allocate)(void *_Nullable context, size_t size);
    /// Takes back a block that `allocate` gave for `size` bytes.
    void (*_Nonnull release)(void *_Nullable context, void *block, size_t size);
    void *_Nullable context;
} parley_store_allocator;

/// Bytes that belong to the caller, or to the store where a call hands them out. `bytes` may be NULL when `size` is 0.
typedef struct {
    const void *_Nullable bytes;
    size_t size;
} parley_store_span;

/// An entry that was found. `value` stays valid until the next call on the store.
typedef struct {
    parley_store_span value;
    int64_t deadline;
} parley_store_found;

/// What a sweep did.
typedef struct {
    /// Expired entries that it removed.
    size_t removed;
    /// Whether it came to the end of a pass: the next sweep begins a new one.
    bool finished;
} parley_store_swept;

/// Makes an empty store and puts it into `*store`.
///
/// `ceiling` bounds all bytes that the store holds: itself, its tables, and headers, keys and values of entries. At
/// most a quarter goes to tables, so that an entry of three quarters always fits and one that is larger never does.
/// `secret` keys the hash: 16 bytes that an attacker cannot guess. `allocator` may be NULL for malloc and free.
parley_store_status parley_store_create(
    parley_store *_Nullable *_Nonnull store, size_t ceiling, const uint8_t *secret,
    const parley_store_allocator *_Nullable allocator);

/// Gives all memory back.
void parley_store_destroy(parley_store *store);

/// Stores `head` and `body`, one behind the other, as the value of `key`, until `deadline`; replaces what was there.
///
/// Makes room by removing entries, those first that were set longest ago. One that was found since it was set, or since it
/// was last passed over, is passed over and counts as set now; a call does that to 128 at the most, and removes the oldest
/// after that, found or not. The new entry is none of those removed. It is allocated before anything is removed, so that a
/// refusal costs nothing: for that moment the ceiling may be passed by this one entry.
/// Keys have at most 65535 bytes, values at most 2^32 - 1. `deadline` and `now` are milliseconds of the same clock; an
/// entry is expired when `deadline <= now`. What replaces a pinned entry is pinned.
parley_store_status parley_store_set(
    parley_store *store, parley_store_span key, parley_store_span head, parley_store_span body, int64_t deadline,
    int64_t now);

/// Finds what is stored under `key`, which is passed over for it when room is made. An expired entry is removed and not
/// found.
bool parley_store_get(parley_store *store, parley_store_span key, int64_t now, parley_store_found *found);

/// Keeps what is stored under `key` from being evicted, and from expiring before `deadline`; no error when there is
/// nothing. Refused when pinned entries and reservations would take more than they may.
parley_store_status parley_store_pin(parley_store *store, parley_store_span key, int64_t deadline, int64_t now);

/// Lets what is stored under `key` be evicted again.
void parley_store_unpin(parley_store *store, parley_store_span key);

/// Counts `size` bytes of the caller's own against the ceiling, instead of those it reserved before, and makes room for
/// them; refused when pinned entries leave none.
parley_store_status parley_store_reserve(parley_store *store, size_t size, int64_t now);

/// Removes what is stored under `key`; whether there was something that had not expired.
bool parley_store_remove(parley_store *store, parley_store_span key, int64_t now);

/// Removes expired entries among the next `most` that it visits, beginning where the last sweep stopped, and stops
/// early at the end of a pass.
parley_store_swept parley_store_sweep(parley_store *store, int64_t now, size_t most);

/// Lets the next sweep begin a pass.
void parley_store_rewind(parley_store *store);

/// What a walk calls for each entry, one that has expired included. It may not call the store.
typedef void (*parley_store_visit)(void *_Nullable context, parley_store_span key, parley_store_found found);

/// Visits the entries of the next bucket, and returns the cursor of the bucket that comes behind it. 0 is the cursor of
/// the first one, and comes back behind the last one. Counts as no use, and changes nothing.
///
/// Between the calls the store may be used and resized: an entry that is there all the time is visited at least once,
/// and again only if the table has become smaller meanwhile. While the store is being resized, a bucket of the smaller
/// table and all those of the larger one that it is split into are one. Source of the order: P. Noordhuis, `dictScan`
/// in Redis (2012).
uint64_t parley_store_walk(
    const parley_store *store, uint64_t cursor, parley_store_visit visit, void *_Nullable context);

/// How many entries there are, expired ones that are still held included.
size_t parley_store_count(const parley_store *store);

/// How many bytes the store holds of its allocator; together with what is reserved, no more than the ceiling.
size_t parley_store_bytes(const parley_store *store);

/// SipHash-2-4 of `bytes` under the 16 bytes of `secret`: the store's hash, here for its test vectors.
uint64_t parley_store_siphash(const uint8_t *secret, parley_store_span bytes);

#pragma clang assume_nonnull end

#endif
