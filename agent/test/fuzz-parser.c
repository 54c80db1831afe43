// SPDX-License-Identifier: Apache-2.0
// The same stream, in one piece and in others, must give the same frames.
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "bytes.h"
#include "frame.h"
#include "fuzz.h"

#define STREAM_LIMIT (3u * 1024u * 1024u)

static uint8_t stream[STREAM_LIMIT];

// What the parser has told, as a checksum over everything in it.
struct told {
    uint64_t sum;
    unsigned frames, errors;
    uint32_t pause_in; // pauses after so many more callbacks; 0: never
};

static void add(struct told *told, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        told->sum = (told->sum ^ bytes[i]) * UINT64_C(1099511628211);
}

static bool goes_on(struct told *told)
{
    if (told->pause_in == 0 || --told->pause_in != 0)
        return true;
    told->pause_in = 1 + below(3);
    return false;
}

static bool tell_frame(void *owner, const struct frame *frame)
{
    struct told *told = owner;
    uint8_t header[FRAME_HEADER];
    require(frame->length <= PAYLOAD_LIMIT, "a frame is longer than the limit");
    frame_put_header(header, frame);
    add(told, header, sizeof header);
    add(told, frame->payload, frame->length);
    told->frames++;
    return goes_on(told);
}

static bool tell_malformed(void *owner, enum frame_error error, uint32_t id, uint16_t process)
{
    struct told *told = owner;
    uint8_t bytes[7] = {(uint8_t)error};
    put_u32(bytes + 1, id);
    put_u16(bytes + 5, process);
    require(error >= ERROR_MAGIC && error <= ERROR_LENGTH, "the parser tells an error that is not its own");
    add(told, bytes, sizeof bytes);
    told->errors++;
    return goes_on(told);
}

static uint32_t some_length(void)
{
    switch (below(16)) {
    case 0:
        return PAYLOAD_LIMIT;
    case 1:
        return PAYLOAD_LIMIT + 1;
    case 2:
        return any();
    case 3:
        return below(70000);
    default:
        return below(200);
    }
}

// Puts a frame that is good, or damaged in one of the ways that the parser knows. Returns its length.
static size_t put_some_frame(uint8_t *at, size_t room)
{
    uint32_t length = some_length();
    size_t follows = length < room - FRAME_HEADER ? length : room - FRAME_HEADER;
    if (follows > PAYLOAD_LIMIT)
        follows = below(100);
    struct frame frame = {
        .kind = (uint8_t)any(), .id = any(), .process = (uint16_t)any(), .flags = (uint16_t)any(), .length = length};
    frame_put_header(at, &frame);
    fill_random(at + FRAME_HEADER, follows < 64 ? follows : 64);
    if (one_in(8))
        at[2] = (uint8_t)any();
    if (one_in(8))
        at[below(FRAME_HEADER)] = (uint8_t)any();
    if (one_in(8))
        follows = below((uint32_t)follows + 1);
    return FRAME_HEADER + follows;
}

static size_t put_stream(void)
{
    size_t length = 0;
    unsigned parts = 1 + below(12);
    while (parts-- != 0 && STREAM_LIMIT - length > 4096) {
        if (one_in(5)) {
            size_t garbage = below(300);
            fill_random(stream + length, garbage);
            for (unsigned halves = below(4); garbage != 0 && halves != 0; halves--)
                stream[length + below((uint32_t)garbage)] = FRAME_MAGIC >> 8;
            length += garbage;
        } else {
            length += put_some_frame(stream + length, STREAM_LIMIT - length);
        }
    }
    return length;
}

static const struct frame_events events = {.frame = tell_frame, .malformed = tell_malformed};

static struct told parse_whole(size_t length)
{
    static uint8_t buffer[FRAME_LIMIT];
    struct told told = {0};
    struct frame_parser parser;
    frame_parser_init(&parser, &events, &told, buffer);
    require(frame_parser_feed(&parser, stream, length) == length, "the parser stopped though nothing paused it");
    return told;
}

static struct told parse_in_pieces(size_t length)
{
    static uint8_t buffer[FRAME_LIMIT];
    struct told told = {.pause_in = one_in(2) ? 0 : 1 + below(3)};
    struct frame_parser parser;
    frame_parser_init(&parser, &events, &told, buffer);
    uint32_t longest = one_in(2) ? 20 : 70000;
    if (length > 100000)
        longest = 70000;
    for (size_t at = 0; at < length;) {
        size_t piece = 1 + below(longest);
        if (piece > length - at)
            piece = length - at;
        // A copy of exactly this size, so that reading beyond it is found out.
        uint8_t *copy = malloc(piece);
        memcpy(copy, stream + at, piece);
        size_t taken = frame_parser_feed(&parser, copy, piece);
        require(taken <= piece, "the parser took more than there was");
        require(taken == piece || told.pause_in != 0, "the parser stopped though nothing paused it");
        free(copy);
        at += taken;
    }
    return told;
}

void fuzz_parser(void)
{
    size_t length = put_stream();
    struct told whole = parse_whole(length), pieces = parse_in_pieces(length);
    require(whole.sum == pieces.sum && whole.frames == pieces.frames && whole.errors == pieces.errors,
            "the same stream gives other frames when it comes in other pieces");
}
