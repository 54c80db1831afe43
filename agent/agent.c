// SPDX-License-Identifier: Apache-2.0
#include "agent.h"

#include <stdlib.h>
#include <string.h>

#include "apart.h"
#include "identity.h"
#include "bounds.h"
#include "parked.h"
#include "processes.h"
#include "release.h"

struct agent agent;

static uint8_t parser_buffer[FRAME_LIMIT];

static void put_frame(struct frame frame)
{
    uint8_t *at = queue_reserve(&agent.output, FRAME_HEADER + frame.length);
    frame_put_header(at, &frame);
    memcpy(at + FRAME_HEADER, frame.payload, frame.length);
    queue_advance(&agent.output, FRAME_HEADER + frame.length);
}

static struct frame answer_frame(struct reply reply, const struct answer *answer)
{
    return (struct frame){
        .kind = reply.kind | KIND_ANSWER,
        .id = reply.id,
        .process = this_process,
        .length = (uint32_t)answer->length,
        .payload = answer->at,
    };
}

void agent_answer(struct reply reply, const struct answer *answer)
{
    put_frame(answer_frame(reply, answer));
}

void agent_answer_result(struct reply reply, int64_t result)
{
    uint8_t bytes[ANSWER_RESULT];
    struct answer answer = answer_in(bytes, sizeof bytes);
    answer_result(&answer, result);
    agent_answer(reply, &answer);
}

void agent_error(uint32_t id, uint16_t process, enum frame_error error, const char *why)
{
    uint8_t payload[256];
    size_t length = strnlen(why, sizeof payload - 2);
    put_u16(payload, (uint16_t)error);
    memcpy(payload + 2, why, length);
    put_frame((struct frame){
        .kind = KIND_ERROR, .id = id, .process = process, .length = (uint32_t)(2 + length), .payload = payload});
}

void agent_relay(const struct frame *frame)
{
    put_frame(*frame);
}

bool agent_takes_requests(void)
{
    return !queue_is_full(&agent.output) && !processes_are_full() && !release_is_under_way();
}

// Carries a request out at once, with its answer built where it is sent from.
static outcome run_here(const struct frame *frame, request_handler handler)
{
    struct payload payload = {.at = frame->payload, .left = frame->length};
    uint8_t *at = queue_reserve(&agent.output, FRAME_LIMIT);
    struct answer answer = answer_in(at + FRAME_HEADER, PAYLOAD_LIMIT);
    outcome came = handler(&agent.context, &payload, &answer);
    if (came == ANSWERED) {
        struct frame header = answer_frame((struct reply){frame->id, frame->kind}, &answer);
        frame_put_header(at, &header);
        queue_advance(&agent.output, FRAME_HEADER + answer.length);
    }
    return came;
}

static outcome serve_hello(const struct frame *frame)
{
    uint8_t *at = queue_reserve(&agent.output, FRAME_LIMIT) + FRAME_HEADER;
    outcome came = run_here(frame, request_hello);
    if (came == ANSWERED && (int64_t)get_u64(at) == PROTOCOL_VERSION)
        agent.said_hello = true;
    return came;
}

static outcome serve(const struct frame *frame, const struct request_type *type)
{
    if (type->name == NULL)
        return refused(&agent.context, ERROR_KIND, "there is no such kind of request");
    if ((frame->flags & ~FLAG_APART) != 0)
        return refused(&agent.context, ERROR_FORM, "there is no such flag");
    if ((frame->flags & FLAG_APART) != 0 && !type->apart)
        return refused(&agent.context, ERROR_FORM, "this request cannot run apart");
    if (frame->flags & FLAG_APART)
        return apart_start(&agent.context, frame);

    struct reply reply = {frame->id, frame->kind};
    switch (frame->kind) {
    case REQUEST_HELLO:
        return serve_hello(frame);
    case REQUEST_RELEASE:
        return release_start(&agent.context, frame);
    case REQUEST_FORK:
        return processes_fork(&agent.context, frame);
    case REQUEST_EXIT:
        return processes_exit(&agent.context, frame);
    case REQUEST_BATCH:
        return parked_batch_start(&agent.context, reply, frame);
    case REQUEST_USE:
        return refused(&agent.context, ERROR_FORM, "this request stands in a batch only");
    case REQUEST_WAIT:
        if (!parked_has_room())
            return refused(&agent.context, ERROR_TOO_MANY, "too many waits are pending");
        break;
    }
    outcome came = run_here(frame, type->handler);
    if (came == PARKED)
        parked_add(&agent.context.parked, reply);
    return came;
}

static bool take_frame(void *owner, const struct frame *frame)
{
    (void)owner;
    const struct request_type *type = request_type(frame->kind);
    outcome came;
    if (!agent.said_hello && frame->kind != REQUEST_HELLO)
        came = refused(&agent.context, ERROR_VERSION, "hello must be the first request");
    else if (frame->process == this_process)
        came = serve(frame, type);
    else
        came = processes_relay(&agent.context, frame);
    if (came > ANSWERED)
        agent_error(frame->id, frame->process, (enum frame_error)came, agent.context.why);
    return agent_takes_requests();
}

static const char *malformed_text(enum frame_error error)
{
    switch (error) {
    case ERROR_MAGIC:
        return "no frame begins here: bytes are skipped up to the next magic";
    case ERROR_VERSION:
        return "this agent speaks version 1 of the protocol only";
    case ERROR_LENGTH:
        return "the payload is longer than the limit: bytes are skipped up to the next magic";
    default:
        return "the frame is malformed";
    }
}

static bool take_malformed(void *owner, enum frame_error error, uint32_t id, uint16_t process)
{
    (void)owner;
    agent_error(id, process, error, malformed_text(error));
    return agent_takes_requests();
}

void agent_begin(int in, int out, bool said_hello)
{
    static const struct frame_events events = {.frame = take_frame, .malformed = take_malformed};
    agent.said_hello = said_hello;
    agent.in = in;
    agent.out = out;
    agent.blocks = false;
    agent.context.may_park = true;
    queue_clear(&agent.output);
    frame_parser_init(&agent.parser, &events, NULL, parser_buffer);
    if (agent.context.guard.start == NULL && !guard_init(&agent.context.guard))
        abort();
}

size_t agent_feed(const uint8_t *bytes, size_t length)
{
    return agent_takes_requests() ? frame_parser_feed(&agent.parser, bytes, length) : 0;
}
