// SPDX-License-Identifier: Apache-2.0
// What process 0 holds of one forked process.
#ifndef CCWSPEC_LINK_H
#define CCWSPEC_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "frame.h"
#include "bounds.h"
#include "queue.h"

struct link {
    uint16_t number;
    int fd;    // -1 when the process has closed its end
    pid_t pid; // 0 until it is known
    bool reaped;
    bool killed;
    bool exits; // the request `exit` was handed on, and has the id below
    uint32_t exit_id;
    struct queue output;
    struct frame_parser parser;
    uint8_t *parser_buffer;
    int passed[MAX_PROCESSES]; // links of processes that this one will fork, not yet sent
    size_t passed_count;
    uint32_t unanswered[MAX_UNANSWERED];
    size_t unanswered_count;
};

// A link without a file yet; NULL without memory.
struct link *link_new(uint16_t number, const struct frame_events *events);
void link_free(struct link *link);

// Writes what is queued. A process that is gone is noticed when it is read from.
void link_write(struct link *link);

// Reads once, and parses what came.
void link_read(struct link *link);

// Takes an id out of the unanswered ones. Returns false if it is not among them.
bool link_take_unanswered(struct link *link, uint32_t id);

// Ends the process.
void link_kill(struct link *link);

#endif
