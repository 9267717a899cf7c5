/* SPDX-License-Identifier: Apache-2.0
 *
 * A resource pool of PostgreSQL connections. In the library libyoke-postgres, which needs libpq and
 * is built where that is found (pkg-config yoke-postgres). The handles are PGconn pointers, for all
 * calls of libpq except PQfinish, PQreset and PQsetInstanceData of the pool's own event procedure.
 *
 *     yoke_resource_options options = {.name = "db", .maximum = 8, .work_seconds = 60};
 *     YOKE_TRY(yoke_resource_postgres_create("host=/run/postgresql dbname=shop", &options, &pool));
 *     YOKE_TRY(yoke_resource_acquire(pool, &handle, yoke_deadline_in(2)));
 *     PGresult *rows = PQexec(handle, "SELECT 1");
 *
 * What the callbacks do:
 *   create     connects without blocking, until its deadline (which looking up a host name in the
 *              network may exceed). YOKE_EIO with the server's words when it is refused.
 *   validate   looks whether the server has closed the connection, without sending anything;
 *              one that was idle for a second or longer, and in no hurry, also answers an empty
 *              query.
 *   reset      ends an open transaction with ROLLBACK. A connection that was lost, or is in the
 *              middle of a query or COPY, is destroyed. Settings of the session, prepared
 *              statements and temporary tables stay: DISCARD ALL, before the release, takes
 *              them away.
 *   interrupt  PQcancel: the query of the owner fails with "canceling statement due to user
 *              request". It waits for the server's postmaster, without a deadline.
 */
#ifndef YOKE_RESOURCE_POSTGRES_H
#define YOKE_RESOURCE_POSTGRES_H

#include "yoke/resource.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a pool, without connecting. `connection`: as for PQconnectdb, copied. In options->calls
 * only overdue, clock and their ctx may be set; options may be NULL. YOKE_EINVAL, also for a text
 * that libpq does not understand; YOKE_ENOMEM. */
YOKE_API int yoke_resource_postgres_create(const char *connection,
                                           const yoke_resource_options *options,
                                           yoke_resource_pool **pool);

#ifdef __cplusplus
}
#endif
#endif
