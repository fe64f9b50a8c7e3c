#include "CSessionStore.h"

#include <stdlib.h>
#include <string.h>

enum {
    SECRET_SIZE = 16,
    SMALLEST_TABLE = 16,
    /// Buckets that one call moves while the store is being resized. One for each insertion would do to be done before
    /// the next resize is due.
    MOVES_PER_CALL = 8,
    /// Entries that are looked at for expiry before entries in use are given up.
    VISITS_BEFORE_EVICTION = 16,
    /// A table shrinks when only one bucket in so many would be used.
    SPARSE = 8,
    /// The flag of an entry that is not to be evicted.
    PINNED = 1,
};

typedef struct store_entry {
    struct store_entry *next;
    struct store_entry *older;
    struct store_entry *newer;
    int64_t deadline;
    uint32_t value_size;
    uint32_t hash;
    uint16_t key_size;
    /// `PINNED` or nothing.
    uint8_t flags;
    uint8_t unused[5];
    /// The key, then the value.
    uint8_t bytes[];
} store_entry;

typedef struct {
    store_entry **buckets;
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
    const size_t rest = bytes.size % 8;
    for (size_t words = bytes.size / 8; words > 0; words--, next += 8) sip_compress(v, little_endian(next, 8));
    sip_compress(v, (uint64_t)bytes.size << 56 | little_endian(next, rest));
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

// MARK: - Tables

static bool make_table(parley_store *store, store_table *table, size_t size) {
    table->buckets = take(store, size * sizeof(*table->buckets));
    if (!table->buckets) return false;
    memset(table->buckets, 0, size * sizeof(*table->buckets));
    table->size = size;
    return true;
}

static void drop_table(parley_store *store, store_table *table) {
    if (table->size > 0) give_back(store, table->buckets, table->size * sizeof(*table->buckets));
    *table = (store_table){NULL, 0};
}

/// The bucket in which an entry with this hash lies, or would lie.
static store_entry **bucket_of(parley_store *store, uint32_t hash) {
    const size_t before = hash & (store->old.size - 1);
    if (store->old.size > 0 && before >= store->moved) return &store->old.buckets[before];
    return &store->table.buckets[hash & (store->table.size - 1)];
}

/// The pointer that points at the entry of `key`; NULL when there is none.
static store_entry **find(parley_store *store, uint32_t hash, parley_store_span key) {
    for (store_entry **link = bucket_of(store, hash); *link; link = &(*link)->next) {
        const store_entry *entry = *link;
        if (entry->hash != hash || entry->key_size != key.size) continue;
        if (key.size == 0 || memcmp(entry->bytes, key.bytes, key.size) == 0) return link;
    }
    return NULL;
}

/// Takes the entry at which `link` points out of the store and frees it.
static void erase(parley_store *store, store_entry **link) {
    store_entry *entry = *link;
    *link = entry->next;
    leave_use_order(store, entry);
    store->count--;
    if (entry->flags & PINNED) store->pinned -= size_of(entry);
    give_back(store, entry, size_of(entry));
}

static void erase_entry(parley_store *store, const store_entry *entry) {
    store_entry **link = bucket_of(store, entry->hash);
    while (*link != entry) link = &(*link)->next;
    erase(store, link);
}

/// Begins to resize the table. The old one being there still, or no memory for the new one, costs speed only: nothing
/// happens then, and the next call that wants a resize tries again.
static void resize(parley_store *store, size_t size) {
    if (store->old.size > 0) return;
    // Both tables at once stay inside the quarter of the ceiling that is theirs.
    if (sizeof(*store) + (store->table.size + size) * sizeof(store_entry *) > store->ceiling / 4) return;
    store_table table;
    if (!make_table(store, &table, size)) return;
    store->old = store->table;
    store->table = table;
    store->moved = 0;
}

/// The caller makes room afterwards. An entry met on the way to another is one more wait for memory, which is nearly all
/// that a get costs in a large store: a quarter of the buckets is left over for that.
static void grow_if_crowded(parley_store *store) {
    if (store->count > store->table.size / 4 * 3) resize(store, store->table.size * 2);
}

static void shrink_if_sparse(parley_store *store) {
    const size_t half = store->table.size / 2;
    if (half < SMALLEST_TABLE || store->count >= store->table.size / SPARSE) return;
    if (store->bytes + store->reserved + half * sizeof(store_entry *) <= store->ceiling) resize(store, half);
}

/// Goes on with a resize under way.
static void move_some(parley_store *store) {
    for (int moves = 0; moves < MOVES_PER_CALL && store->old.size > 0; moves++) {
        store_entry *entry = store->old.buckets[store->moved++];
        while (entry) {
            store_entry *next = entry->next;
            store_entry **bucket = &store->table.buckets[entry->hash & (store->table.size - 1)];
            entry->next = *bucket;
            *bucket = entry;
            entry = next;
        }
        if (store->moved == store->old.size) drop_table(store, &store->old);
    }
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

/// Removes entries until the store keeps to its ceiling, pinned ones excepted, which move on in the order of use. It ends,
/// and the newest stays, because nothing is taken or pinned that does not fit into the `room` with all that must stay.
static void make_room(parley_store *store, int64_t now) {
    if (store->bytes + store->reserved <= store->ceiling) return;
    parley_store_sweep(store, now, VISITS_BEFORE_EVICTION);
    while (store->bytes + store->reserved > store->ceiling) {
        store_entry *entry = store->oldest;
        if (entry->flags & PINNED) {
            leave_use_order(store, entry);
            enter_use_order(store, entry);
        } else {
            erase_entry(store, entry);
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
    store_entry **before = find(store, hash, key);
    const uint8_t flags = before ? (*before)->flags : 0;
    const size_t pinned_before = flags & PINNED ? size_of(*before) : 0;
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
    store_entry **replaced = find(store, entry->hash, key);
    if (replaced) erase(store, replaced);
    store_entry **bucket = bucket_of(store, entry->hash);
    entry->next = *bucket;
    *bucket = entry;
    enter_use_order(store, entry);
    store->count++;
    if (flags & PINNED) store->pinned += size;
    grow_if_crowded(store);
    make_room(store, now);
    return PARLEY_STORE_OK;
}

bool parley_store_get(parley_store *store, parley_store_span key, int64_t now, parley_store_found *found) {
    move_some(store);
    store_entry **link = find(store, hash_of(store, key), key);
    if (!link) return false;
    store_entry *entry = *link;
    if (entry->deadline <= now) {
        erase(store, link);
        return false;
    }
    leave_use_order(store, entry);
    enter_use_order(store, entry);
    found->value = (parley_store_span){entry->bytes + entry->key_size, entry->value_size};
    found->deadline = entry->deadline;
    return true;
}

parley_store_status parley_store_pin(parley_store *store, parley_store_span key, int64_t deadline, int64_t now) {
    store_entry **link = find(store, hash_of(store, key), key);
    if (!link || (*link)->deadline <= now) return PARLEY_STORE_OK;
    store_entry *entry = *link;
    if (!(entry->flags & PINNED)) {
        if (store->pinned + store->reserved + size_of(entry) > room(store)) return PARLEY_STORE_FULL;
        entry->flags |= PINNED;
        store->pinned += size_of(entry);
    }
    if (entry->deadline < deadline) entry->deadline = deadline;
    return PARLEY_STORE_OK;
}

void parley_store_unpin(parley_store *store, parley_store_span key) {
    store_entry **link = find(store, hash_of(store, key), key);
    if (!link || !((*link)->flags & PINNED)) return;
    (*link)->flags &= (uint8_t)~PINNED;
    store->pinned -= size_of(*link);
}

parley_store_status parley_store_reserve(parley_store *store, size_t size, int64_t now) {
    if (size > room(store) || store->pinned + size > room(store)) return PARLEY_STORE_FULL;
    store->reserved = size;
    make_room(store, now);
    return PARLEY_STORE_OK;
}

bool parley_store_remove(parley_store *store, parley_store_span key, int64_t now) {
    move_some(store);
    store_entry **link = find(store, hash_of(store, key), key);
    if (!link) return false;
    const bool live = (*link)->deadline > now;
    erase(store, link);
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
        const store_entry *entry = store->cursor;
        store->cursor = entry->newer;
        if (entry->deadline > now) continue;
        erase_entry(store, entry);
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
    for (const store_entry *entry = table->buckets[index]; entry; entry = entry->next) {
        visit(
            context, (parley_store_span){entry->bytes, entry->key_size},
            (parley_store_found){{entry->bytes + entry->key_size, entry->value_size}, entry->deadline});
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
