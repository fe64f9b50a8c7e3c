#ifndef PARLEY_CHIREDIS_SHIM_H
#define PARLEY_CHIREDIS_SHIM_H

#include <hiredis/hiredis.h>
#include <hiredis/read.h>

/* What the reader waits for in the innermost open item: REDIS_REPLY_..., or -1 before its type byte has come.
 * Swift sees the stack `rstack[9]` as a tuple, which has no subscript. */
static inline int parley_redis_pending_type(const redisReader *reader) {
    return reader->ridx < 0 ? -1 : reader->rstack[reader->ridx].type;
}

#endif
