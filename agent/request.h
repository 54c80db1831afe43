// SPDX-License-Identifier: Apache-2.0
// Requests: what carries one out, and the table of all of them.
#ifndef CCWSPEC_REQUEST_H
#define CCWSPEC_REQUEST_H

#include <stdbool.h>

#include "answer.h"
#include "frame.h"
#include "guard.h"
#include "payload.h"
#include "wait.h"

enum request_kind {
    REQUEST_HELLO = 0x01,
    REQUEST_RELEASE = 0x02,
    REQUEST_WAIT = 0x21,
    REQUEST_FORK = 0x60,
    REQUEST_EXIT = 0x61,
    REQUEST_BATCH = 0x70,
    REQUEST_USE = 0x71,
};

// What carrying out a request came to: 0, one of enum frame_error, or PARKED.
typedef int outcome;
#define ANSWERED ERROR_NONE
#define PARKED (-1) // it waits: context.parked says for what

// What a thread that carries out requests has.
struct context {
    struct guard guard;
    bool may_park;      // false on a thread of its own, which may sleep
    bool in_batch;
    struct wait parked; // of the request that was parked just now
    const char *why;    // of the last error
};

// Notes why, and returns the error.
static inline outcome refused(struct context *context, enum frame_error error, const char *why)
{
    context->why = why;
    return error;
}

static inline outcome bad_form(struct context *context)
{
    return refused(context, ERROR_FORM, "the payload does not have the form of this request");
}

static inline outcome too_long(struct context *context)
{
    return refused(context, ERROR_FORM, "the answer would be longer than a payload may be");
}

static inline outcome answered(struct answer *answer, int64_t result)
{
    answer_result(answer, result);
    return ANSWERED;
}

typedef outcome (*request_handler)(struct context *, struct payload *, struct answer *);

struct request_type {
    const char *name;        // NULL: there is no such kind
    request_handler handler; // NULL: it concerns the whole process, and agent.c does it
    bool apart;              // it may run on a thread of its own
    bool batched;            // it may stand in a batch
};

// The type of a kind; its name is NULL if there is none.
const struct request_type *request_type(uint8_t kind);

#define HANDLER(name) outcome name(struct context *, struct payload *, struct answer *)

// file-calls.c
HANDLER(request_open);
HANDLER(request_close);
HANDLER(request_read);
HANDLER(request_write);
HANDLER(request_pread);
HANDLER(request_pwrite);
HANDLER(request_lseek);
HANDLER(request_mmap);
HANDLER(request_ioctl);
// vector-calls.c
HANDLER(request_preadv);
HANDLER(request_pwritev);
// event-calls.c
HANDLER(request_eventfd);
HANDLER(request_wait);
HANDLER(request_signal);
// memory-calls.c
HANDLER(request_map);
HANDLER(request_unmap);
HANDLER(request_peek);
HANDLER(request_poke);
HANDLER(request_fill);
HANDLER(request_alternate);
// attribute-calls.c
HANDLER(request_get_attribute);
HANDLER(request_put_attribute);
HANDLER(request_list);
HANDLER(request_link);
// kernel-log.c
HANDLER(request_kernel_log);
// process-calls.c
HANDLER(request_hello);
HANDLER(request_limit);
HANDLER(request_fail);

#undef HANDLER

// Takes `length` bytes as a path into `path`, NUL-terminated. Refuses what is no path.
#define PATH_SPACE 4096u
outcome take_path(struct context *context, struct payload *payload, size_t length, char path[PATH_SPACE]);

#endif
