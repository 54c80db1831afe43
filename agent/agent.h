// SPDX-License-Identifier: Apache-2.0
// The agent's connection: frames come in, requests are carried out, answers go out.
#ifndef CCWSPEC_AGENT_H
#define CCWSPEC_AGENT_H

#include <stdbool.h>

#include "answer.h"
#include "frame.h"
#include "queue.h"
#include "request.h"

// Where an answer goes to.
struct reply {
    uint32_t id;
    uint8_t kind; // of the request
};

// What the process has one of.
struct agent {
    bool said_hello;
    int in, out; // the connection; one file or two
    bool blocks; // reads and writes of it may sleep
    struct queue output;
    struct frame_parser parser;
    struct context context;
};

extern struct agent agent;

// Begins a connection, on files that do not block; where they do, `blocks` is set afterwards.
void agent_begin(int in, int out, bool said_hello);

// Hands bytes of the connection to the parser. Returns how many it took; fewer only if it must pause.
size_t agent_feed(const uint8_t *bytes, size_t length);

// Whether requests can be taken now: there is room for their answers, and no release is under way.
bool agent_takes_requests(void);

// Queues an answer that lies elsewhere, one that is only a result, and an error.
void agent_answer(struct reply reply, const struct answer *answer);
void agent_answer_result(struct reply reply, int64_t result);
void agent_error(uint32_t id, uint16_t process, enum frame_error error, const char *why);

// Queues a frame as it is.
void agent_relay(const struct frame *frame);

#endif
