/* SPDX-License-Identifier: Apache-2.0
 *
 * Status codes and error details.
 *
 * Every yoke function that can fail returns an int: 0 or a positive count on success, one of the
 * negative codes below on failure. The code says what kind of thing went wrong; the detail, one
 * line kept per thread, says which (file, line, column, key, what was expected). Out-parameters
 * are written only on success. yoke never prints, exits or aborts.
 */
#ifndef YOKE_STATUS_H
#define YOKE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#define YOKE_API __attribute__((visibility("default")))

/* The one list: X(suffix of the name, number, sentence). Numbers never change. */
#define YOKE_STATUS_LIST(X)                                                                        \
    X(EINVAL, -1, "An argument or option is not valid.")                                           \
    X(ENOMEM, -2, "Memory ran out.")                                                               \
    X(EIO, -3, "The operating system refused or failed an input or output operation.")             \
    X(ENOENT, -4, "A file, directory, column or name does not exist.")                             \
    X(ESYNTAX, -5, "An expression could not be understood.")                                       \
    X(EDATA, -6, "The input data break their format.")                                             \
    X(ERANGE, -7, "A size or number is beyond what is supported.")                                 \
    X(ECANCELED, -8, "The work was cancelled.")                                                    \
    X(ETIMEDOUT, -9, "A deadline passed.")                                                         \
    X(EDEADLK, -10, "Waiting would never end: the waits form a cycle.")                            \
    X(EUNSUPPORTED, -11, "This build or this machine does not support the operation.")             \
    X(ECLOSED, -12, "The object was closed.")

enum yoke_status {
    YOKE_OK = 0,
#define YOKE_STATUS_ENUM_(name, number, sentence) YOKE_##name = (number),
    YOKE_STATUS_LIST(YOKE_STATUS_ENUM_)
#undef YOKE_STATUS_ENUM_
};

/* The name of a code, such as "YOKE_EINVAL"; "YOKE_OK" for 0 and above; "YOKE_E?" for a number
 * that is not in the list. Static storage. Any thread; does not block. */
YOKE_API const char *yoke_status_name(int status);

/* The sentence of a code. Static storage. Any thread; does not block. */
YOKE_API const char *yoke_status_message(int status);

/* The detail of the last failure that a yoke function returned on the calling thread; when that
 * failure had none, its sentence; "" before the first failure. At most 1023 bytes, one line. The
 * pointer is the thread's own and holds until the thread's next failing call. A success does not
 * clear it: read it only after a failure. */
YOKE_API const char *yoke_error_detail(void);

/* Sets the calling thread's detail after printf(3) and returns `status`, so that a function ends
 * with `return yoke_fail(YOKE_EDATA, "%s: line %zu: ...", ...)`. User callbacks may call it too.
 * Control bytes are replaced by '?' and the text is cut at 1023 bytes, so that it stays one line.
 * A NULL format means the sentence of the status. Does not block, does not allocate. */
YOKE_API int yoke_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Tells static analysis what it cannot see here: the status comes back. */
#ifdef __clang_analyzer__
#define yoke_fail(status, ...) ((void)yoke_fail(status, __VA_ARGS__), (status))
#endif

/* Passes a failure on to the caller. */
#define YOKE_TRY(expression)                                                                       \
    do {                                                                                           \
        int yoke_try_ = (expression);                                                              \
        if (yoke_try_ < 0) return yoke_try_;                                                       \
    } while (0)

/* Keeps a failure in `status` and leaves for the cleanup at `label`. */
#define YOKE_TRY_GOTO(status, expression, label)                                                   \
    do {                                                                                           \
        (status) = (expression);                                                                   \
        if ((status) < 0) goto label;                                                              \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
