/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens of cancellation: a flag and a count of references.
 */
#include "yoke/cancel.h"

#include <stdatomic.h>
#include <stdlib.h>

struct yoke_cancel {
    atomic_uint references;
    atomic_bool requested;
};

int yoke_cancel_create(yoke_cancel **token) {
    yoke_cancel *made = calloc(1, sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, "no memory for a token");
    atomic_init(&made->references, 1);
    *token = made;
    return YOKE_OK;
}

yoke_cancel *yoke_cancel_retain(yoke_cancel *token) {
    atomic_fetch_add(&token->references, 1);
    return token;
}

void yoke_cancel_release(yoke_cancel *token) {
    if (token && atomic_fetch_sub(&token->references, 1) == 1) free(token);
}

void yoke_cancel_request(yoke_cancel *token) { atomic_store(&token->requested, true); }

bool yoke_cancel_requested(const yoke_cancel *token) {
    return token && atomic_load(&token->requested);
}
