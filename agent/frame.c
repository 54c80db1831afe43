// SPDX-License-Identifier: Apache-2.0
#include "frame.h"

#include <string.h>

#include "bytes.h"
#include "bounds.h"

static const uint8_t MAGIC[2] = {FRAME_MAGIC >> 8, FRAME_MAGIC & 0xFF};

void frame_parser_init(struct frame_parser *parser, const struct frame_events *events, void *owner, uint8_t *buffer)
{
    *parser = (struct frame_parser){.events = events, .owner = owner, .buffer = buffer};
}

void frame_put_header(uint8_t *at, const struct frame *frame)
{
    put_u16(at, FRAME_MAGIC);
    at[2] = PROTOCOL_VERSION;
    at[3] = frame->kind;
    put_u32(at + 4, frame->id);
    put_u16(at + 8, frame->process);
    put_u16(at + 10, frame->flags);
    put_u32(at + 12, frame->length);
}

// How many bytes of a magic `bytes` begins with: 2 for a whole one, 1 if it ends behind the first, 0 for none.
static size_t magic_prefix(const uint8_t *bytes, size_t length)
{
    if (length == 0 || bytes[0] != MAGIC[0])
        return 0;
    if (length == 1)
        return 1;
    return bytes[1] == MAGIC[1] ? 2 : 0;
}

// Bytes in front of the next magic, or of a first half of one at the very end.
static size_t distance_to_magic(const uint8_t *bytes, size_t length)
{
    size_t at = 0;
    while (at < length && magic_prefix(bytes + at, length - at) == 0) {
        const uint8_t *next = memchr(bytes + at + 1, MAGIC[0], length - at - 1);
        at = next == NULL ? length : (size_t)(next - bytes);
    }
    return at;
}

// What became of the bytes at the place where a frame must begin.
struct step {
    size_t taken; // 0: more bytes are needed
    bool paused;
};

static struct step refuse(struct frame_parser *parser, enum frame_error error, const uint8_t *header, size_t taken)
{
    uint32_t id = header == NULL ? 0 : get_u32(header + 4);
    uint16_t process = header == NULL ? 0 : get_u16(header + 8);
    bool goes_on = parser->events->malformed(parser->owner, error, id, process);
    return (struct step){.taken = taken, .paused = !goes_on};
}

// Parses at most one frame, or one refusal, from contiguous bytes that begin where a frame must begin.
static struct step parse_one(struct frame_parser *parser, const uint8_t *bytes, size_t length)
{
    if (magic_prefix(bytes, length) == 0) {
        // The stretch is told of once, at its beginning: its end may be far away.
        bool told = parser->searching;
        parser->searching = true;
        size_t skipped = distance_to_magic(bytes, length);
        return told ? (struct step){.taken = skipped} : refuse(parser, ERROR_MAGIC, NULL, skipped);
    }
    if (length >= sizeof MAGIC)
        parser->searching = false;
    if (length < FRAME_HEADER)
        return (struct step){0};

    uint32_t payload = get_u32(bytes + 12);
    if (payload > PAYLOAD_LIMIT) {
        parser->searching = true;
        return refuse(parser, ERROR_LENGTH, bytes, FRAME_HEADER);
    }
    if (bytes[2] != PROTOCOL_VERSION) {
        parser->to_skip = payload;
        return refuse(parser, ERROR_VERSION, bytes, FRAME_HEADER);
    }
    if (length < FRAME_HEADER + payload)
        return (struct step){0};

    struct frame frame = {
        .kind = bytes[3],
        .id = get_u32(bytes + 4),
        .process = get_u16(bytes + 8),
        .flags = get_u16(bytes + 10),
        .length = payload,
        .payload = bytes + FRAME_HEADER,
    };
    bool goes_on = parser->events->frame(parser->owner, &frame);
    return (struct step){.taken = FRAME_HEADER + payload, .paused = !goes_on};
}

// How many bytes the unfinished frame in the buffer lacks, as far as its own bytes tell.
static size_t lacking(const struct frame_parser *parser)
{
    if (parser->held < FRAME_HEADER)
        return FRAME_HEADER - parser->held;
    return FRAME_HEADER + get_u32(parser->buffer + 12) - parser->held;
}

static void hold(struct frame_parser *parser, const uint8_t *bytes, size_t length)
{
    memcpy(parser->buffer + parser->held, bytes, length);
    parser->held += length;
}

// Goes on with the frame in the buffer. Returns how many of `bytes` were taken.
static size_t feed_held(struct frame_parser *parser, const uint8_t *bytes, size_t length, bool *paused)
{
    size_t lack = lacking(parser);
    size_t more = lack < length ? lack : length;
    hold(parser, bytes, more);

    struct step step = parse_one(parser, parser->buffer, parser->held);
    *paused = step.paused;
    parser->held -= step.taken;
    if (step.taken != 0)
        memmove(parser->buffer, parser->buffer + step.taken, parser->held);
    return more;
}

size_t frame_parser_feed(struct frame_parser *parser, const uint8_t *bytes, size_t length)
{
    size_t at = 0;
    bool paused = false;
    while (at < length && !paused) {
        if (parser->to_skip > 0) {
            size_t skipped = parser->to_skip < length - at ? parser->to_skip : length - at;
            parser->to_skip -= skipped;
            at += skipped;
        } else if (parser->held > 0) {
            at += feed_held(parser, bytes + at, length - at, &paused);
        } else {
            struct step step = parse_one(parser, bytes + at, length - at);
            paused = step.paused;
            at += step.taken;
            if (step.taken == 0) {
                hold(parser, bytes + at, length - at);
                at = length;
            }
        }
    }
    return at;
}
