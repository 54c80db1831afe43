// SPDX-License-Identifier: Apache-2.0
#include "guard.h"

#include <sys/mman.h>
#include <unistd.h>

#include "bounds.h"

static size_t round_up(size_t length, size_t page)
{
    return (length + page - 1) / page * page;
}

static uint8_t *reserve(size_t size)
{
    void *space = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return space == MAP_FAILED ? NULL : space;
}

bool guard_init(struct guard *guard)
{
    guard->page = (size_t)sysconf(_SC_PAGESIZE);
    guard->start = reserve(PAYLOAD_LIMIT + guard->page);
    if (guard->start == NULL)
        return false;
    if (mprotect(guard->start, PAYLOAD_LIMIT, PROT_READ | PROT_WRITE) == 0)
        return true;
    guard_free(guard);
    return false;
}

void guard_free(struct guard *guard)
{
    munmap(guard->start, PAYLOAD_LIMIT + guard->page);
    guard->start = NULL;
}

uint8_t *guard_buffer(const struct guard *guard, size_t length)
{
    return guard->start + PAYLOAD_LIMIT - length;
}

void *guard_hole(const struct guard *guard)
{
    return guard->start + PAYLOAD_LIMIT;
}

bool guard_segments_init(struct guard_segments *guard, struct iovec *segments, size_t count, size_t page)
{
    guard->size = page;
    for (size_t i = 0; i < count; i++)
        guard->size += round_up(segments[i].iov_len, page) + page;
    guard->space = reserve(guard->size);
    if (guard->space == NULL)
        return false;

    uint8_t *at = guard->space;
    for (size_t i = 0; i < count; i++) {
        size_t accessible = round_up(segments[i].iov_len, page);
        if (accessible != 0 && mprotect(at, accessible, PROT_READ | PROT_WRITE) != 0) {
            guard_segments_free(guard);
            return false;
        }
        at += accessible;
        segments[i].iov_base = at - segments[i].iov_len;
        at += page;
    }
    return true;
}

void guard_segments_free(struct guard_segments *guard)
{
    munmap(guard->space, guard->size);
}
