// SPDX-License-Identifier: Apache-2.0
// Reading a request's payload field by field. Reading beyond the end is remembered, and gives zeros.
#ifndef CCWSPEC_PAYLOAD_H
#define CCWSPEC_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

struct payload {
    const uint8_t *at;
    size_t left;
    bool short_of; // a field was read that the payload does not have
};

static inline const uint8_t *take_bytes(struct payload *payload, size_t length)
{
    if (length > payload->left) {
        payload->short_of = true;
        payload->left = 0;
        return NULL;
    }
    const uint8_t *bytes = payload->at;
    payload->at += length;
    payload->left -= length;
    return bytes;
}

static inline uint8_t take_u8(struct payload *payload)
{
    const uint8_t *bytes = take_bytes(payload, 1);
    return bytes == NULL ? 0 : bytes[0];
}

static inline uint16_t take_u16(struct payload *payload)
{
    const uint8_t *bytes = take_bytes(payload, 2);
    return bytes == NULL ? 0 : get_u16(bytes);
}

static inline uint32_t take_u32(struct payload *payload)
{
    const uint8_t *bytes = take_bytes(payload, 4);
    return bytes == NULL ? 0 : get_u32(bytes);
}

static inline uint64_t take_u64(struct payload *payload)
{
    const uint8_t *bytes = take_bytes(payload, 8);
    return bytes == NULL ? 0 : get_u64(bytes);
}

static inline int32_t take_s32(struct payload *payload)
{
    return (int32_t)take_u32(payload);
}

static inline int64_t take_s64(struct payload *payload)
{
    return (int64_t)take_u64(payload);
}

// True if the fields read so far are the whole payload.
static inline bool payload_ends(const struct payload *payload)
{
    return !payload->short_of && payload->left == 0;
}

#endif
