// SPDX-License-Identifier: Apache-2.0
// Requests that read or write several buffers with one system call.
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "files.h"
#include "request.h"

// The segments of a call, and their buffers.
struct vector {
    struct iovec segments[IOV_MAX];
    unsigned count; // what the request says; more than IOV_MAX have no buffers, since the kernel refuses them unseen
    size_t total;
    struct guard_segments guard;
};

// Takes the number and the lengths of the segments. False if the payload does not have them.
static bool take_lengths(struct payload *payload, struct vector *vector)
{
    vector->count = take_u16(payload);
    vector->total = 0;
    for (unsigned i = 0; i < vector->count; i++) {
        uint32_t length = take_u32(payload);
        vector->total += length;
        if (i < IOV_MAX)
            vector->segments[i].iov_len = length;
    }
    return !payload->short_of;
}

// Why the call cannot be made, as a negative errno, or 0 with the buffers in place.
static int64_t prepare(struct context *context, struct vector *vector, int fd)
{
    if (!files_has(fd))
        return -EBADF;
    if (vector->count > IOV_MAX)
        return -EINVAL;
    if (!guard_segments_init(&vector->guard, vector->segments, vector->count, context->guard.page))
        return -errno;
    return 0;
}

outcome request_preadv(struct context *context, struct payload *payload, struct answer *answer)
{
    struct vector vector;
    int fd = take_s32(payload);
    int64_t offset = take_s64(payload);
    if (!take_lengths(payload, &vector) || !payload_ends(payload))
        return bad_form(context);
    if (vector.total > answer_room(answer))
        return too_long(context);
    int64_t result = prepare(context, &vector, fd);
    if (result != 0)
        return answered(answer, result);

    result = preadv(fd, vector.segments, (int)vector.count, offset);
    if (result < 0)
        result = -errno;
    size_t left = result < 0 ? 0 : (size_t)result;
    for (unsigned i = 0; i < vector.count && left != 0; i++) {
        size_t length = vector.segments[i].iov_len < left ? vector.segments[i].iov_len : left;
        answer_bytes(answer, vector.segments[i].iov_base, length);
        left -= length;
    }
    guard_segments_free(&vector.guard);
    return answered(answer, result);
}

outcome request_pwritev(struct context *context, struct payload *payload, struct answer *answer)
{
    struct vector vector;
    int fd = take_s32(payload);
    int64_t offset = take_s64(payload);
    if (!take_lengths(payload, &vector) || payload->left != vector.total)
        return bad_form(context);
    int64_t result = prepare(context, &vector, fd);
    if (result != 0)
        return answered(answer, result);

    for (unsigned i = 0; i < vector.count; i++) {
        size_t length = vector.segments[i].iov_len;
        memcpy(vector.segments[i].iov_base, take_bytes(payload, length), length);
    }
    result = pwritev(fd, vector.segments, (int)vector.count, offset);
    if (result < 0)
        result = -errno;
    guard_segments_free(&vector.guard);
    return answered(answer, result);
}
