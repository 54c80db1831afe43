// SPDX-License-Identifier: Apache-2.0
// Building an answer: the result, then what follows it, in a space of fixed size.
#ifndef CCWSPEC_ANSWER_H
#define CCWSPEC_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bytes.h"

#define ANSWER_RESULT 8u // bytes of the result, with which every answer begins

struct answer {
    uint8_t *at;
    size_t capacity; // at least ANSWER_RESULT
    size_t length;
};

static inline struct answer answer_in(uint8_t *at, size_t capacity)
{
    return (struct answer){.at = at, .capacity = capacity, .length = ANSWER_RESULT};
}

static inline void answer_result(struct answer *answer, int64_t result)
{
    put_u64(answer->at, (uint64_t)result);
}

static inline size_t answer_room(const struct answer *answer)
{
    return answer->capacity - answer->length;
}

// Where the next bytes go, for a call that writes up to answer_room() bytes there itself; then answer_advance().
static inline uint8_t *answer_end(struct answer *answer)
{
    return answer->at + answer->length;
}

static inline void answer_advance(struct answer *answer, size_t length)
{
    answer->length += length;
}

// The caller has looked at answer_room().
static inline void answer_bytes(struct answer *answer, const void *bytes, size_t length)
{
    if (length != 0)
        memcpy(answer_end(answer), bytes, length);
    answer->length += length;
}

static inline void answer_u8(struct answer *answer, uint8_t value)
{
    answer_bytes(answer, &value, 1);
}

static inline void answer_u32(struct answer *answer, uint32_t value)
{
    put_u32(answer_end(answer), value);
    answer->length += 4;
}

static inline void answer_u64(struct answer *answer, uint64_t value)
{
    put_u64(answer_end(answer), value);
    answer->length += 8;
}

#endif
