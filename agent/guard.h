// SPDX-License-Identifier: Apache-2.0
// Buffers for system calls whose last byte is the last one before an inaccessible page, so that a kernel that copies
// more than it was told to gets EFAULT instead of bytes that lie there by chance.
#ifndef CCWSPEC_GUARD_H
#define CCWSPEC_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct guard {
    uint8_t *start; // PAYLOAD_LIMIT accessible bytes, then the inaccessible page
    size_t page;
};

// Maps the space. Returns false, with errno, where there is no memory.
bool guard_init(struct guard *guard);
void guard_free(struct guard *guard);

// A buffer of `length` bytes, up to PAYLOAD_LIMIT; valid until the next one is asked for.
uint8_t *guard_buffer(const struct guard *guard, size_t length);

// An address at which every access faults.
void *guard_hole(const struct guard *guard);

// Buffers of which each ends in front of an inaccessible page of its own.
struct guard_segments {
    uint8_t *space;
    size_t size;
};

// Places `count` buffers of the lengths in `segments` (iov_len), and fills in their addresses. Returns false, with
// errno, where there is no memory.
bool guard_segments_init(struct guard_segments *guard, struct iovec *segments, size_t count, size_t page);
void guard_segments_free(struct guard_segments *guard);

#endif
