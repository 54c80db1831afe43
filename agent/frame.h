// SPDX-License-Identifier: Apache-2.0
// Frames, and the parser that cuts a stream of bytes into them. The parser is pure: bytes in, callbacks out.
#ifndef CCWSPEC_FRAME_H
#define CCWSPEC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAGIC 0x4357u
#define FLAG_APART 0x0001u

enum frame_kind {
    KIND_BORN = 0x00, // between processes of the agent only: a forked process tells its process id
    KIND_ANSWER = 0x80,
    KIND_ERROR = 0xFF,
};

enum frame_error {
    ERROR_NONE = 0,
    ERROR_MAGIC = 1,
    ERROR_VERSION = 2,
    ERROR_LENGTH = 3,
    ERROR_KIND = 4,
    ERROR_FORM = 5,
    ERROR_TOO_MANY = 6,
    ERROR_PROCESS = 7,
    ERROR_PATH = 8,
};

struct frame {
    uint8_t kind;
    uint32_t id;
    uint16_t process;
    uint16_t flags;
    uint32_t length;
    const uint8_t *payload;
};

struct frame_events {
    // A whole frame; its payload is valid during the call only. Returns false to pause the parser behind it.
    bool (*frame)(void *owner, const struct frame *frame);
    // Bytes that are no frame. `id` and `process` are 0 where no header could be read. Returns false to pause.
    bool (*malformed)(void *owner, enum frame_error error, uint32_t id, uint16_t process);
};

struct frame_parser {
    const struct frame_events *events;
    void *owner;
    uint8_t *buffer; // FRAME_LIMIT bytes, for frames that arrive in pieces
    size_t held;     // bytes of an unfinished frame in `buffer`
    size_t to_skip;  // bytes of a refused payload that are still to come
    bool searching;  // true while bytes up to the next magic are skipped
};

void frame_parser_init(struct frame_parser *parser, const struct frame_events *events, void *owner, uint8_t *buffer);

// Parses up to `length` bytes. Returns how many were taken: fewer than `length` only if a callback paused the parser.
size_t frame_parser_feed(struct frame_parser *parser, const uint8_t *bytes, size_t length);

// Writes a header of FRAME_HEADER bytes.
void frame_put_header(uint8_t *at, const struct frame *frame);

#endif
