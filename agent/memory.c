// SPDX-License-Identifier: Apache-2.0
#include "memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "bounds.h"
#include "wait.h"

#define CHANGES_BETWEEN_LOOKS 64 // at the clock

#define PAGE 4096u

// Stretches of mapped memory, sorted; two of them never touch, since then they are one.
struct region {
    uintptr_t start, end;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct region regions[MAX_REGIONS];
static size_t count;

void memory_lock(void)
{
    pthread_mutex_lock(&lock);
}

void memory_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

// The first region that ends at or behind `address`.
static size_t first_reaching(uintptr_t address)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (regions[middle].end < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// Puts `replacement` regions in the place of `old` ones at `at`.
static void replace(size_t at, size_t old, const struct region *replacement, size_t new)
{
    memmove(regions + at + new, regions + at + old, (count - at - old) * sizeof *regions);
    for (size_t i = 0; i < new; i++)
        regions[at + i] = replacement[i];
    count += new - old;
}

static void add(struct region region)
{
    size_t first = first_reaching(region.start), next = first;
    while (next < count && regions[next].start <= region.end) {
        if (regions[next].start < region.start)
            region.start = regions[next].start;
        if (regions[next].end > region.end)
            region.end = regions[next].end;
        next++;
    }
    replace(first, next - first, &region, 1);
}

int64_t memory_map(uint64_t length)
{
    if (length == 0)
        return -EINVAL;
    if (length > SIZE_MAX - PAGE)
        return -ENOMEM;
    size_t rounded = ((size_t)length + PAGE - 1) / PAGE * PAGE;

    memory_lock();
    void *start = MAP_FAILED;
    // One place is kept free, since unmapping the middle of a region makes one more of them.
    if (count < MAX_REGIONS - 1)
        start = mmap(NULL, rounded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    else
        errno = ENOMEM;
    int64_t result = start == MAP_FAILED ? -errno : (int64_t)(uintptr_t)start;
    if (start != MAP_FAILED)
        add((struct region){(uintptr_t)start, (uintptr_t)start + rounded});
    memory_unlock();
    return result;
}

// Unmaps what [start, end) and the region at `at` have in common. Returns how many regions are there afterwards.
static int64_t cut(size_t at, uintptr_t start, uintptr_t end, size_t *left)
{
    struct region region = regions[at], remains[2];
    uintptr_t from = region.start > start ? region.start : start, to = region.end < end ? region.end : end;
    *left = 1;
    if (from >= to)
        return 0;
    if (region.start < from && to < region.end && count == MAX_REGIONS)
        return -ENOMEM;
    if (munmap((void *)from, to - from) != 0)
        return -errno;
    *left = 0;
    if (region.start < from)
        remains[(*left)++] = (struct region){region.start, from};
    if (to < region.end)
        remains[(*left)++] = (struct region){to, region.end};
    replace(at, 1, remains, *left);
    return 0;
}

int64_t memory_unmap(uint64_t address, uint64_t length)
{
    if (length == 0 || address % PAGE != 0 || address > UINTPTR_MAX - PAGE || length > UINTPTR_MAX - PAGE - address)
        return -EINVAL;
    uintptr_t start = (uintptr_t)address, end = start + ((size_t)length + PAGE - 1) / PAGE * PAGE;

    memory_lock();
    int64_t result = 0;
    size_t at = first_reaching(start), left;
    while (result == 0 && at < count && regions[at].start < end) {
        result = cut(at, start, end, &left);
        at += left;
    }
    memory_unlock();
    return result;
}

// Regions that touch are one region, so a range lies in mapped memory if it lies in one of them.
static bool is_mapped(uint64_t address, uint64_t length)
{
    if (address > UINTPTR_MAX || length > UINTPTR_MAX - address)
        return false;
    uintptr_t start = (uintptr_t)address, end = start + (uintptr_t)length;
    size_t at = first_reaching(end);
    return at < count && regions[at].start <= start;
}

int64_t memory_peek(uint64_t address, uint8_t *into, size_t length)
{
    memory_lock();
    bool mapped = is_mapped(address, length);
    if (mapped)
        memcpy(into, (const void *)(uintptr_t)address, length);
    memory_unlock();
    return mapped ? 0 : -EFAULT;
}

int64_t memory_poke(uint64_t address, const uint8_t *bytes, size_t length)
{
    memory_lock();
    bool mapped = is_mapped(address, length);
    if (mapped)
        memcpy((void *)(uintptr_t)address, bytes, length);
    memory_unlock();
    return mapped ? 0 : -EFAULT;
}

int64_t memory_fill(uint64_t address, uint64_t length, uint8_t value)
{
    memory_lock();
    bool mapped = is_mapped(address, length);
    if (mapped)
        memset((void *)(uintptr_t)address, value, (size_t)length);
    memory_unlock();
    return mapped ? 0 : -EFAULT;
}

int64_t memory_alternate(uint64_t address, const uint8_t *one, const uint8_t *other, size_t length, int64_t nanoseconds)
{
    int64_t end = clock_now() + nanoseconds, result = 0;
    do {
        for (int i = 0; i < CHANGES_BETWEEN_LOOKS && result == 0; i++) {
            result = memory_poke(address, one, length);
            if (result == 0)
                result = memory_poke(address, other, length);
        }
    } while (result == 0 && clock_now() < end);
    return result;
}

void memory_unmap_all(void)
{
    memory_lock();
    for (size_t i = 0; i < count; i++)
        munmap((void *)regions[i].start, regions[i].end - regions[i].start);
    count = 0;
    memory_unlock();
}
