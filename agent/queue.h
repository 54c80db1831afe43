// SPDX-License-Identifier: Apache-2.0
// Bytes that wait to be written. Nothing here blocks: who fills the queue looks first whether it is full.
#ifndef CCWSPEC_QUEUE_H
#define CCWSPEC_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue {
    uint8_t *bytes;
    size_t capacity, head, tail;
};

static inline size_t queue_length(const struct queue *queue)
{
    return queue->tail - queue->head;
}

// True if no more requests should be taken before some of it is written. What is under way still finds room.
bool queue_is_full(const struct queue *queue);

// Space for `length` more bytes, to be taken with queue_advance(). Without memory, the process ends.
uint8_t *queue_reserve(struct queue *queue, size_t length);
void queue_advance(struct queue *queue, size_t length);

// Writes as much as `fd` takes now. `passed` (of `count`) are files that go along with the first byte. Returns false,
// with errno, if the other side is gone.
bool queue_write(struct queue *queue, int fd, const int *passed, size_t *count);

void queue_clear(struct queue *queue);
void queue_free(struct queue *queue);

#endif
