// SPDX-License-Identifier: Apache-2.0
// Requests on the memory of the process.
#include "bounds.h"
#include "memory.h"
#include "request.h"

outcome request_map(struct context *context, struct payload *payload, struct answer *answer)
{
    uint64_t length = take_u64(payload);
    if (!payload_ends(payload))
        return bad_form(context);
    return answered(answer, memory_map(length));
}

outcome request_unmap(struct context *context, struct payload *payload, struct answer *answer)
{
    uint64_t address = take_u64(payload), length = take_u64(payload);
    if (!payload_ends(payload))
        return bad_form(context);
    return answered(answer, memory_unmap(address, length));
}

outcome request_peek(struct context *context, struct payload *payload, struct answer *answer)
{
    uint64_t address = take_u64(payload);
    uint32_t length = take_u32(payload);
    if (!payload_ends(payload))
        return bad_form(context);
    if (length > answer_room(answer))
        return too_long(context);
    int64_t result = memory_peek(address, answer_end(answer), length);
    if (result == 0)
        answer_advance(answer, length);
    return answered(answer, result);
}

outcome request_poke(struct context *context, struct payload *payload, struct answer *answer)
{
    uint64_t address = take_u64(payload);
    if (payload->short_of)
        return bad_form(context);
    return answered(answer, memory_poke(address, payload->at, payload->left));
}

outcome request_alternate(struct context *context, struct payload *payload, struct answer *answer)
{
    uint64_t address = take_u64(payload);
    uint32_t milliseconds = take_u32(payload);
    size_t length = payload->left / 2;
    const uint8_t *one = take_bytes(payload, length), *other = take_bytes(payload, length);
    if (!payload_ends(payload) || milliseconds > ALTERNATE_MS)
        return bad_form(context);
    return answered(answer, memory_alternate(address, one, other, length, milliseconds * (int64_t)1000000));
}

outcome request_fill(struct context *context, struct payload *payload, struct answer *answer)
{
    uint64_t address = take_u64(payload), length = take_u64(payload);
    uint8_t value = take_u8(payload);
    if (!payload_ends(payload))
        return bad_form(context);
    return answered(answer, memory_fill(address, length, value));
}
