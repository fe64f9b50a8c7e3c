#ifndef PARLEY_CPOSTGRES_SHIM_H
#define PARLEY_CPOSTGRES_SHIM_H

#include <postgresql/libpq-fe.h>
#include <openssl/ssl.h>
/* Swift's Glibc module leaves these two out; they carry the readiness events that drive libpq. */
#include <sys/epoll.h>
#include <sys/eventfd.h>

/* Whether OpenSSL holds bytes that libpq has not taken: the socket does not become readable for those any more, and libpq
 * looks for them only where it waits itself. The original takes a type that Swift sees as incomplete. */
static inline int parley_postgres_has_unread_bytes(PGconn *connection) {
    SSL *ssl = PQsslInUse(connection) ? (SSL *)PQsslStruct(connection, "OpenSSL") : NULL;
    return ssl != NULL && SSL_pending(ssl) > 0;
}

#endif
