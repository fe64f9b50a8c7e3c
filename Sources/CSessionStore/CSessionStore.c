#include "CSessionStore.h"

#include <stdlib.h>
#include <string.h>

enum {
    SECRET_SIZE = 16,
    SMALLEST_TABLE = 2,
    SLOTS = 7,
    /// The slot of a bucket that becomes a chain when none is free.
    LAST = SLOTS - 1,
    /// A table grows when its buckets hold more than so many on average. With six, one entry in ten is in a chain.
    CROWDED = 6,
    /// A table shrinks when its buckets hold less than so many on average.
    SPARSE = 1,
    /// Entries that are looked at for expiry before entries in use are given up.
    VISITS_BEFORE_EVICTION = 16,
    /// Entries in use that one call passes over before it gives up what is oldest all the same: all of them may have been
    /// used, and to go through all of them takes too long.
    SECOND_CHANCES = 128,
    /// The flag of an entry that is not to be evicted.
    PINNED = 1,
    /// The flag of an entry that was found since it became the newest.
    USED = 2,
};

/// What a slot's tag says beside a part of a hash. No hash has these as its tag.
enum {
    EMPTY = 0,
    CHAIN = 255,
};

typedef struct store_entry {
    /// Behind this one in a chain; NULL outside.
    struct store_entry *next;
    struct store_entry *older;
    struct store_entry *newer;
    int64_t deadline;
    uint32_t value_size;
    uint32_t hash;
    uint16_t key_size;
    /// `PINNED`, `USED`, both or nothing.
    uint8_t flags;
    uint8_t unused[5];
    /// The key, then the value.
    uint8_t bytes[];
} store_entry;

/// One line of the cache: who looks for an entry waits for this, and then for the entry that is meant, and for no other.
typedef struct {
    /// A byte for each slot, the first slot's the lowest; the highest byte stays `EMPTY`.
    uint64_t tags;
    store_entry *slots[SLOTS];
} store_bucket;

enum { LINE = sizeof(store_bucket) };

typedef struct {
    /// What the allocator gave, and the first bucket in it that is aligned.
    void *block;
    store_bucket *buckets;
    /// A power of two; 0 when there is no table.
    size_t size;
} store_table;

struct parley_store {
    parley_store_allocator allocator;
    uint8_t secret[SECRET_SIZE];
    size_t ceiling;
    size_t bytes;
    size_t count;
    /// Bytes of the pinned entries, and of the caller.
    size_t pinned;
    size_t reserved;

    store_table table;
    /// While the store is being resized: the table before, which holds its buckets from `moved` on still.
    store_table old;
    size_t moved;

    store_entry *oldest;
    store_entry *newest;

    /// The entry that the sweep visits next and how many it visits until it begins anew; 0: at its next call.
    store_entry *cursor;
    size_t left_in_pass;
};

// MARK: - SipHash

static uint64_t rotate(uint64_t word, int bits) {
    return (word << bits) | (word >> (64 - bits));
}

static uint64_t little_endian(const uint8_t *bytes, size_t count) {
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++) word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

/// Fewer than eight bytes, by loads of four, two and one.
static uint64_t last_bytes(const uint8_t *bytes, size_t count) {
    uint64_t word = 0;
    size_t done = 0;
    if (count & 4) {
        word = little_endian(bytes, 4);
        done = 4;
    }
    if (count & 2) {
        word |= little_endian(bytes + done, 2) << (8 * done);
        done += 2;
    }
    if (count & 1) word |= (uint64_t)bytes[done] << (8 * done);
    return word;
}

static void sip_rounds(uint64_t v[4], int rounds) {
    for (int i = 0; i < rounds; i++) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

static void sip_compress(uint64_t v[4], uint64_t word) {
    v[3] ^= word;
    sip_rounds(v, 2);
    v[0] ^= word;
}

uint64_t parley_store_siphash(const uint8_t *secret, parley_store_span bytes) {
    const uint64_t k0 = little_endian(secret, 8), k1 = little_endian(secret + 8, 8);
    // "somepseudorandomlygeneratedbytes", as the paper has it.
    uint64_t v[4] = {
        k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573,
    };
    const uint8_t *next = bytes.bytes;
    for (size_t words = bytes.size / 8; words > 0; words--, next += 8) sip_compress(v, little_endian(next, 8));
    sip_compress(v, (uint64_t)bytes.size << 56 | last_bytes(next, bytes.size % 8));
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static uint32_t hash_of(const parley_store *store, parley_store_span key) {
    return (uint32_t)parley_store_siphash(store->secret, key);
}

// MARK: - Memory

static void *take(parley_store *store, size_t size) {
    void *block = store->allocator.allocate(store->allocator.context, size);
    if (block) store->bytes += size;
    return block;
}

static void give_back(parley_store *store, void *block, size_t size) {
    store->allocator.release(store->allocator.context, block, size);
    store->bytes -= size;
}

static size_t size_of(const store_entry *entry) {
    return sizeof(*entry) + entry->key_size + entry->value_size;
}

static void append(uint8_t **end, parley_store_span span) {
    // memcpy must not be given NULL, not even for no bytes.
    if (span.size > 0) memcpy(*end, span.bytes, span.size);
    *end += span.size;
}

// MARK: - Use order

static void leave_use_order(parley_store *store, store_entry *entry) {
    if (store->cursor == entry) store->cursor = entry->newer;
    *(entry->older ? &entry->older->newer : &store->oldest) = entry->newer;
    *(entry->newer ? &entry->newer->older : &store->newest) = entry->older;
}

static void enter_use_order(parley_store *store, store_entry *entry) {
    entry->older = store->newest;
    entry->newer = NULL;
    *(store->newest ? &store->newest->newer : &store->oldest) = entry;
    store->newest = entry;
}

// MARK: - Buckets

/// The part of the hash that is kept in the bucket: not the part that says which bucket it is.
static uint8_t tag_of(uint32_t hash) {
    const uint8_t tag = (uint8_t)(hash >> 24);
    return tag == EMPTY || tag == CHAIN ? tag ^ 1 : tag;
}

/// The slots of a bucket that have this tag: the highest bit of their bytes in a word. Source: H. S. Warren, "Hacker's
/// Delight" (2012), 6-1, which finds the bytes that are 0.
static uint64_t slots_with(const store_bucket *bucket, uint8_t tag) {
    const uint64_t lower = 0x7f7f7f7f7f7f7f7f;
    const uint64_t different = bucket->tags ^ tag * (uint64_t)0x0101010101010101;
    return ~(((different & lower) + lower) | different | lower);
}

/// The first of the slots in such a word.
static int first_of(uint64_t slots) {
    return __builtin_ctzll(slots) / 8;
}

static void set_tag(store_bucket *bucket, int slot, uint8_t tag) {
    bucket->tags = (bucket->tags & ~((uint64_t)0xff << (8 * slot))) | (uint64_t)tag << (8 * slot);
}

static bool has_chain(const store_bucket *bucket) {
    return bucket->tags >> (8 * LAST) == CHAIN;
}

static void enter_bucket(store_bucket *bucket, store_entry *entry) {
    const int slot = first_of(slots_with(bucket, EMPTY));
    if (slot < SLOTS) {
        entry->next = NULL;
        bucket->slots[slot] = entry;
        set_tag(bucket, slot, tag_of(entry->hash));
    } else {
        entry->next = bucket->slots[LAST];
        bucket->slots[LAST] = entry;
        set_tag(bucket, LAST, CHAIN);
    }
}

static void leave_bucket(store_bucket *bucket, const store_entry *entry) {
    int slot = 0;
    while (slot < LAST && bucket->slots[slot] != entry) slot++;
    store_entry **link = &bucket->slots[slot];
    while (*link != entry) link = &(*link)->next;
    *link = entry->next;
    if (!bucket->slots[slot]) set_tag(bucket, slot, EMPTY);
}

static bool has_key(const store_entry *entry, uint32_t hash, parley_store_span key) {
    if (entry->hash != hash || entry->key_size != key.size) return false;
    return key.size == 0 || memcmp(entry->bytes, key.bytes, key.size) == 0;
}

static store_entry *find_in(const store_bucket *bucket, uint32_t hash, parley_store_span key) {
    for (uint64_t slots = slots_with(bucket, tag_of(hash)); slots; slots &= slots - 1) {
        store_entry *entry = bucket->slots[first_of(slots)];
        if (has_key(entry, hash, key)) return entry;
    }
    if (!has_chain(bucket)) return NULL;
    store_entry *entry = bucket->slots[LAST];
    while (entry && !has_key(entry, hash, key)) entry = entry->next;
    return entry;
}

// MARK: - Tables

/// Bytes of a table and of what is left over before its first bucket, or behind its last one.
static size_t table_bytes(size_t size) {
    return size > 0 ? size * sizeof(store_bucket) + LINE - 1 : 0;
}

static bool make_table(parley_store *store, store_table *table, size_t size) {
    table->block = take(store, table_bytes(size));
    if (!table->block) return false;
    table->buckets = (store_bucket *)(((uintptr_t)table->block + LINE - 1) & ~(uintptr_t)(LINE - 1));
    table->size = size;
    memset(table->buckets, 0, size * sizeof(*table->buckets));
    return true;
}

static void drop_table(parley_store *store, store_table *table) {
    if (table->size > 0) give_back(store, table->block, table_bytes(table->size));
    *table = (store_table){NULL, NULL, 0};
}

/// The bucket in which an entry with this hash lies, or would lie.
static store_bucket *bucket_of(const parley_store *store, uint32_t hash) {
    const size_t before = hash & (store->old.size - 1);
    if (store->old.size > 0 && before >= store->moved) return &store->old.buckets[before];
    return &store->table.buckets[hash & (store->table.size - 1)];
}

/// The entry of `key`; NULL when there is none.
static store_entry *find(const parley_store *store, uint32_t hash, parley_store_span key) {
    return find_in(bucket_of(store, hash), hash, key);
}

/// Takes the entry out of the store and frees it.
static void erase(parley_store *store, store_entry *entry) {
    leave_bucket(bucket_of(store, entry->hash), entry);
    leave_use_order(store, entry);
    store->count--;
    if (entry->flags & PINNED) store->pinned -= size_of(entry);
    give_back(store, entry, size_of(entry));
}

/// Begins to resize the table. The old one being there still, or no memory for the new one, costs speed only: nothing
/// happens then, and the next call that wants a resize tries again.
static void resize(parley_store *store, size_t size) {
    if (store->old.size > 0) return;
    // Both tables at once stay inside the quarter of the ceiling that is theirs.
    if (sizeof(*store) + table_bytes(store->table.size) + table_bytes(size) > store->ceiling / 4) return;
    store_table table;
    if (!make_table(store, &table, size)) return;
    store->old = store->table;
    store->table = table;
    store->moved = 0;
}

/// The caller makes room afterwards.
static void grow_if_crowded(parley_store *store) {
    if (store->count > store->table.size * CROWDED) resize(store, store->table.size * 2);
}

static void shrink_if_sparse(parley_store *store) {
    const size_t half = store->table.size / 2;
    if (half < SMALLEST_TABLE || store->count >= store->table.size * SPARSE) return;
    if (store->bytes + store->reserved + table_bytes(half) <= store->ceiling) resize(store, half);
}

/// Moves one bucket, if the store is being resized. One for each insertion is several times what it takes to be done before
/// the next resize is due.
static void move_some(parley_store *store) {
    if (store->old.size == 0) return;
    const store_bucket *bucket = &store->old.buckets[store->moved++];
    for (int slot = 0; slot < SLOTS; slot++) {
        for (store_entry *entry = bucket->slots[slot], *next; entry; entry = next) {
            next = entry->next;
            enter_bucket(&store->table.buckets[entry->hash & (store->table.size - 1)], entry);
        }
    }
    if (store->moved == store->old.size) drop_table(store, &store->old);
}

// MARK: - The store

static void *system_allocate(void *context, size_t size) {
    (void)context;
    return malloc(size);
}

static void system_release(void *context, void *block, size_t size) {
    (void)context;
    (void)size;
    free(block);
}

parley_store_status parley_store_create(
    parley_store **store, size_t ceiling, const uint8_t *secret, const parley_store_allocator *allocator) {
    static const parley_store_allocator system = {system_allocate, system_release, NULL};
    if (ceiling < PARLEY_STORE_SMALLEST_CEILING) return PARLEY_STORE_TOO_SMALL;
    if (!allocator) allocator = &system;

    parley_store *made = allocator->allocate(allocator->context, sizeof(*made));
    if (!made) return PARLEY_STORE_NO_MEMORY;
    *made = (parley_store){.allocator = *allocator, .ceiling = ceiling, .bytes = sizeof(*made)};
    memcpy(made->secret, secret, SECRET_SIZE);
    if (!make_table(made, &made->table, SMALLEST_TABLE)) {
        parley_store_destroy(made);
        return PARLEY_STORE_NO_MEMORY;
    }
    *store = made;
    return PARLEY_STORE_OK;
}

void parley_store_destroy(parley_store *store) {
    for (store_entry *entry = store->oldest, *newer; entry; entry = newer) {
        newer = entry->newer;
        give_back(store, entry, size_of(entry));
    }
    drop_table(store, &store->old);
    drop_table(store, &store->table);
    const parley_store_allocator allocator = store->allocator;
    allocator.release(allocator.context, store, sizeof(*store));
}

/// What entries and reservations may take beside the largest tables.
static size_t room(const parley_store *store) {
    return store->ceiling - store->ceiling / 4;
}

/// Gives an entry that was used since it became the newest another round.
static void pass_over(parley_store *store, store_entry *entry) {
    leave_use_order(store, entry);
    enter_use_order(store, entry);
    entry->flags &= (uint8_t)~USED;
}

/// Removes entries until the store keeps to its ceiling, the oldest first; pinned ones and, while there are chances left,
/// those in use are passed over. It ends because nothing is taken or pinned that does not fit into the `room` with all that
/// must stay. An entry being set is counted already, but not yet where it could be removed.
static void make_room(parley_store *store, int64_t now) {
    if (store->bytes + store->reserved <= store->ceiling) return;
    parley_store_sweep(store, now, VISITS_BEFORE_EVICTION);
    int chances = SECOND_CHANCES;
    while (store->bytes + store->reserved > store->ceiling) {
        store_entry *entry = store->oldest;
        if (entry->flags & PINNED || (entry->flags & USED && chances-- > 0)) {
            pass_over(store, entry);
        } else {
            erase(store, entry);
        }
    }
}

parley_store_status parley_store_set(
    parley_store *store, parley_store_span key, parley_store_span head, parley_store_span body, int64_t deadline,
    int64_t now) {
    if (key.size > UINT16_MAX || head.size > UINT32_MAX || body.size > UINT32_MAX - head.size) {
        return PARLEY_STORE_TOO_LARGE;
    }
    const size_t size = sizeof(store_entry) + key.size + head.size + body.size;
    if (size > room(store)) return PARLEY_STORE_TOO_LARGE;
    const uint32_t hash = hash_of(store, key);
    store_entry *before = find(store, hash, key);
    const uint8_t flags = before ? before->flags & PINNED : 0;
    const size_t pinned_before = flags & PINNED ? size_of(before) : 0;
    if (store->pinned - pinned_before + store->reserved + size > room(store)) return PARLEY_STORE_FULL;

    store_entry *entry = take(store, size);
    if (!entry) return PARLEY_STORE_NO_MEMORY;
    entry->deadline = deadline;
    entry->value_size = (uint32_t)(head.size + body.size);
    entry->hash = hash;
    entry->key_size = (uint16_t)key.size;
    entry->flags = flags;
    uint8_t *end = entry->bytes;
    append(&end, key);
    append(&end, head);
    append(&end, body);

    // From here on nothing fails.
    move_some(store);
    if (before) erase(store, before);
    store->count++;
    if (flags & PINNED) store->pinned += size;
    grow_if_crowded(store);
    make_room(store, now);

    enter_bucket(bucket_of(store, hash), entry);
    enter_use_order(store, entry);
    return PARLEY_STORE_OK;
}

bool parley_store_get(parley_store *store, parley_store_span key, int64_t now, parley_store_found *found) {
    move_some(store);
    store_entry *entry = find(store, hash_of(store, key), key);
    if (!entry) return false;
    if (entry->deadline <= now) {
        erase(store, entry);
        return false;
    }
    entry->flags |= USED;
    found->value = (parley_store_span){entry->bytes + entry->key_size, entry->value_size};
    found->deadline = entry->deadline;
    return true;
}

parley_store_status parley_store_pin(parley_store *store, parley_store_span key, int64_t deadline, int64_t now) {
    store_entry *entry = find(store, hash_of(store, key), key);
    if (!entry || entry->deadline <= now) return PARLEY_STORE_OK;
    if (!(entry->flags & PINNED)) {
        if (store->pinned + store->reserved + size_of(entry) > room(store)) return PARLEY_STORE_FULL;
        entry->flags |= PINNED;
        store->pinned += size_of(entry);
    }
    if (entry->deadline < deadline) entry->deadline = deadline;
    return PARLEY_STORE_OK;
}

void parley_store_unpin(parley_store *store, parley_store_span key) {
    store_entry *entry = find(store, hash_of(store, key), key);
    if (!entry || !(entry->flags & PINNED)) return;
    entry->flags &= (uint8_t)~PINNED;
    store->pinned -= size_of(entry);
}

parley_store_status parley_store_reserve(parley_store *store, size_t size, int64_t now) {
    if (size > room(store) || store->pinned + size > room(store)) return PARLEY_STORE_FULL;
    store->reserved = size;
    make_room(store, now);
    return PARLEY_STORE_OK;
}

bool parley_store_remove(parley_store *store, parley_store_span key, int64_t now) {
    move_some(store);
    store_entry *entry = find(store, hash_of(store, key), key);
    if (!entry) return false;
    const bool live = entry->deadline > now;
    erase(store, entry);
    shrink_if_sparse(store);
    return live;
}

parley_store_swept parley_store_sweep(parley_store *store, int64_t now, size_t most) {
    parley_store_swept swept = {0, false};
    move_some(store);
    if (store->left_in_pass == 0) {
        store->cursor = store->oldest;
        store->left_in_pass = store->count;
    }
    for (; most > 0 && store->left_in_pass > 0 && store->cursor; most--, store->left_in_pass--) {
        store_entry *entry = store->cursor;
        store->cursor = entry->newer;
        if (entry->deadline > now) continue;
        erase(store, entry);
        swept.removed++;
    }
    if (!store->cursor) store->left_in_pass = 0;
    swept.finished = store->left_in_pass == 0;
    shrink_if_sparse(store);
    return swept;
}

void parley_store_rewind(parley_store *store) {
    store->left_in_pass = 0;
}

static void visit_bucket(
    const parley_store *store, const store_table *table, uint64_t index, parley_store_visit visit, void *context) {
    // What a bucket that was moved still points at lies elsewhere now.
    if (table->size == 0 || (table == &store->old && index < store->moved)) return;
    for (int slot = 0; slot < SLOTS; slot++) {
        for (const store_entry *entry = table->buckets[index].slots[slot]; entry; entry = entry->next) {
            visit(
                context, (parley_store_span){entry->bytes, entry->key_size},
                (parley_store_found){{entry->bytes + entry->key_size, entry->value_size}, entry->deadline});
        }
    }
}

static uint64_t reversed(uint64_t bits) {
    uint64_t result = 0;
    for (int i = 0; i < 64; i++, bits >>= 1) result = result << 1 | (bits & 1);
    return result;
}

// The cursor counts from its highest bit downwards: what has been visited are the buckets whose low bits, read backwards,
// come before the cursor's, and the same keys lie in such buckets in a table of any size.
uint64_t parley_store_walk(const parley_store *store, uint64_t cursor, parley_store_visit visit, void *context) {
    const bool grows = store->old.size < store->table.size;
    const store_table *small = grows ? &store->old : &store->table;
    const store_table *large = grows ? &store->table : &store->old;
    const uint64_t large_mask = large->size - 1;
    const uint64_t small_mask = small->size > 0 ? small->size - 1 : large_mask;

    visit_bucket(store, small, cursor & small_mask, visit, context);
    do {
        visit_bucket(store, large, cursor & large_mask, visit, context);
        cursor = reversed(reversed(cursor | ~large_mask) + 1);
    } while (cursor & (small_mask ^ large_mask));
    return cursor;
}

size_t parley_store_count(const parley_store *store) {
    return store->count;
}

size_t parley_store_bytes(const parley_store *store) {
    return store->bytes;
}
