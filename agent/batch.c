// SPDX-License-Identifier: Apache-2.0
#include "batch.h"

#include <string.h>

#define ENTRY_HEADER 5u // kind and length
#define ERROR_SPACE 128u // kept free for an error that ends the batch

static outcome check_list(struct context *context, struct payload list)
{
    while (list.left != 0) {
        uint8_t kind = take_u8(&list);
        uint32_t length = take_u32(&list);
        take_bytes(&list, length);
        if (list.short_of)
            return refused(context, ERROR_FORM, "a request of the batch goes beyond its end");
        const struct request_type *type = request_type(kind);
        if (type->name != NULL && !type->batched)
            return refused(context, ERROR_FORM, "the batch has a request that cannot stand in one");
    }
    return ANSWERED;
}

outcome batch_start(struct batch *batch, struct context *context, struct payload payload, struct answer answer)
{
    uint8_t stops_early = take_u8(&payload);
    if (payload.short_of || stops_early > 1)
        return bad_form(context);
    *batch = (struct batch){.left = payload, .stops_early = stops_early == 1, .answer = answer};
    return check_list(context, payload);
}

// Where the answer of the next request goes: behind its header.
static struct answer answer_of_next(const struct batch *batch)
{
    return answer_in(batch->answer.at + batch->answer.length + ENTRY_HEADER,
                     answer_room(&batch->answer) - ENTRY_HEADER - ERROR_SPACE);
}

static void put_entry(struct batch *batch, uint8_t kind, size_t length)
{
    uint8_t *header = answer_end(&batch->answer);
    header[0] = kind;
    put_u32(header + 1, (uint32_t)length);
    answer_advance(&batch->answer, ENTRY_HEADER + length);
}

static void put_error(struct batch *batch, outcome error, const char *why)
{
    uint8_t *payload = answer_end(&batch->answer) + ENTRY_HEADER;
    size_t length = strnlen(why, ERROR_SPACE - ENTRY_HEADER - 2);
    put_u16(payload, (uint16_t)error);
    memcpy(payload + 2, why, length);
    put_entry(batch, KIND_ERROR, 2 + length);
    batch->stopped = true;
}

static void put_answer(struct batch *batch, uint8_t kind, const struct answer *answer)
{
    int64_t result = (int64_t)get_u64(answer->at);
    if (batch->ran < MAX_USED)
        batch->results[batch->ran] = result;
    batch->ran++;
    batch->stopped = batch->stops_early && result < 0;
    put_entry(batch, kind | KIND_ANSWER, answer->length);
}

// The payload of the next request that is no `use`; the list was checked when the batch began.
static struct payload payload_used(struct payload list)
{
    uint8_t kind;
    struct payload payload;
    do {
        kind = take_u8(&list);
        payload.left = take_u32(&list);
        payload.at = take_bytes(&list, payload.left);
        payload.short_of = list.short_of;
    } while (kind == REQUEST_USE && !payload.short_of);
    return payload;
}

// Adds the result of an earlier request to a number in the payload of the next one.
static outcome use(struct batch *batch, struct context *context, struct payload *payload, struct answer *answer)
{
    uint16_t index = take_u16(payload);
    uint32_t offset = take_u32(payload);
    uint8_t width = take_u8(payload);
    if (!payload_ends(payload) || (width != 4 && width != 8))
        return bad_form(context);
    if (index >= batch->ran || index >= MAX_USED)
        return refused(context, ERROR_FORM, "there is no such result to use");
    struct payload used = payload_used(batch->left);
    if (used.short_of || used.left < width || offset > used.left - width)
        return refused(context, ERROR_FORM, "the result would be used beyond the next request's payload");
    uint8_t *number = (uint8_t *)used.at + offset;
    if (width == 4)
        put_u32(number, get_u32(number) + (uint32_t)batch->results[index]);
    else
        put_u64(number, get_u64(number) + (uint64_t)batch->results[index]);
    return answered(answer, 0);
}

static outcome carry_out(struct batch *batch, struct context *context, uint8_t kind, struct payload *payload,
                         struct answer *answer)
{
    if (kind == REQUEST_USE)
        return use(batch, context, payload, answer);
    const struct request_type *type = request_type(kind);
    return type->name == NULL ? refused(context, ERROR_KIND, "there is no such kind of request")
                              : type->handler(context, payload, answer);
}

// Carries out the next request of the list.
static outcome run_next(struct batch *batch, struct context *context)
{
    if (answer_room(&batch->answer) < ENTRY_HEADER + ANSWER_RESULT + ERROR_SPACE) {
        put_error(batch, ERROR_FORM, "the answer of the batch would be longer than a payload may be");
        return ANSWERED;
    }
    uint8_t kind = take_u8(&batch->left);
    uint32_t length = take_u32(&batch->left);
    struct payload payload = {.at = take_bytes(&batch->left, length), .left = length};
    struct answer answer = answer_of_next(batch);

    outcome came = carry_out(batch, context, kind, &payload, &answer);
    if (came == ANSWERED)
        put_answer(batch, kind, &answer);
    else if (came != PARKED)
        put_error(batch, came, context->why);
    return came == PARKED ? PARKED : ANSWERED;
}

outcome batch_run(struct batch *batch, struct context *context)
{
    outcome came = ANSWERED;
    context->in_batch = true;
    while (came == ANSWERED && !batch->stopped && batch->left.left != 0)
        came = run_next(batch, context);
    context->in_batch = false;
    answer_result(&batch->answer, batch->ran);
    return came;
}

bool batch_take_wait(struct batch *batch, const struct wait *wait, bool over)
{
    struct answer answer = answer_of_next(batch);
    if (wait_take(wait, &answer) == 0 && !over)
        return false;
    put_answer(batch, REQUEST_WAIT, &answer);
    return true;
}
