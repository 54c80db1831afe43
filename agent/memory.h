// SPDX-License-Identifier: Apache-2.0
// The memory that requests map, and access to it and to nothing else of the process.
#ifndef CCWSPEC_MEMORY_H
#define CCWSPEC_MEMORY_H

#include <stddef.h>
#include <stdint.h>

// All return 0 or more, or a negative errno.
int64_t memory_map(uint64_t length);
// Unmaps what of the range is memory of memory_map(); like munmap, the rest does not matter.
int64_t memory_unmap(uint64_t address, uint64_t length);
int64_t memory_peek(uint64_t address, uint8_t *into, size_t length);
int64_t memory_poke(uint64_t address, const uint8_t *bytes, size_t length);
int64_t memory_fill(uint64_t address, uint64_t length, uint8_t value);

// Stores one value and the other in turn, until `nanoseconds` are over or the memory is gone.
int64_t memory_alternate(uint64_t address, const uint8_t *one, const uint8_t *other, size_t length, int64_t nanoseconds);

void memory_unmap_all(void);

// Between these two no other thread is in the midst of a change: around fork.
void memory_lock(void);
void memory_unlock(void);

#endif
