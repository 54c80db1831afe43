// SPDX-License-Identifier: Apache-2.0
#include "parked.h"

#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "bounds.h"

// A batch with its own copy of what the connection's buffers held. The space stays for the next one.
struct parked_batch {
    bool used;
    struct batch batch;
    uint8_t *payload;
    uint8_t *answer;
};

struct parked {
    struct wait wait;
    struct reply reply;
    struct parked_batch *batch; // NULL for a wait of its own
};

static struct parked parked[MAX_WAITS];
static size_t count;
static struct parked_batch batches[MAX_BATCHES];

bool parked_has_room(void)
{
    return count < MAX_WAITS;
}

static void add(const struct wait *wait, struct reply reply, struct parked_batch *batch)
{
    struct parked *slot = &parked[count++];
    slot->wait.deadline = wait->deadline;
    slot->wait.number = wait->number;
    memcpy(slot->wait.files, wait->files, wait->number * sizeof *wait->files);
    slot->reply = reply;
    slot->batch = batch;
}

void parked_add(const struct wait *wait, struct reply reply)
{
    add(wait, reply, NULL);
}

static struct parked_batch *free_batch(void)
{
    for (size_t i = 0; i < MAX_BATCHES; i++) {
        struct parked_batch *slot = &batches[i];
        if (slot->used)
            continue;
        if (slot->payload == NULL)
            slot->payload = malloc(PAYLOAD_LIMIT);
        if (slot->answer == NULL)
            slot->answer = malloc(PAYLOAD_LIMIT);
        return slot->payload == NULL || slot->answer == NULL ? NULL : slot;
    }
    return NULL;
}

// Carries the batch on to its end, or to its next wait.
static void go_on(struct parked_batch *slot, struct reply reply)
{
    if (batch_run(&slot->batch, &agent.context) == PARKED) {
        add(&agent.context.parked, reply, slot);
        return;
    }
    agent_answer(reply, &slot->batch.answer);
    slot->used = false;
}

outcome parked_batch_start(struct context *context, struct reply reply, const struct frame *frame)
{
    struct parked_batch *slot = parked_has_room() ? free_batch() : NULL;
    if (slot == NULL)
        return refused(context, ERROR_TOO_MANY, "too many batches or waits are pending");
    memcpy(slot->payload, frame->payload, frame->length);
    struct payload payload = {.at = slot->payload, .left = frame->length};
    outcome bad = batch_start(&slot->batch, context, payload, answer_in(slot->answer, PAYLOAD_LIMIT));
    if (bad != ANSWERED)
        return bad;
    slot->used = true;
    go_on(slot, reply);
    return ANSWERED;
}

size_t parked_poll(struct pollfd *files, int64_t *deadline)
{
    size_t number = 0;
    for (size_t i = 0; i < count; i++) {
        const struct wait *wait = &parked[i].wait;
        for (unsigned file = 0; file < wait->number; file++)
            files[number++] = (struct pollfd){.fd = wait->files[file], .events = POLLIN};
        if (wait->deadline < *deadline)
            *deadline = wait->deadline;
    }
    return number;
}

// Ends the wait if something has come, or if it is over. Returns whether it did.
static bool end_wait(struct parked *slot, bool over)
{
    if (slot->batch != NULL)
        return batch_take_wait(&slot->batch->batch, &slot->wait, over);
    uint8_t bytes[ANSWER_RESULT + 8 * MAX_WAIT_FILES];
    struct answer answer = answer_in(bytes, sizeof bytes);
    if (wait_take(&slot->wait, &answer) == 0 && !over)
        return false;
    agent_answer(slot->reply, &answer);
    return true;
}

// Ends what can be ended; `files` are NULL to look at nothing and end everything. The order of the others is kept:
// of two waits for one file, the older one gets the count.
static void sweep(const struct pollfd *files)
{
    int64_t now = clock_now();
    size_t kept = 0, ended = 0, before = count;
    struct parked goes_on[MAX_BATCHES];
    for (size_t i = 0; i < before; i++) {
        bool over = files == NULL || parked[i].wait.deadline <= now, ready = over;
        if (files != NULL) {
            for (unsigned file = 0; file < parked[i].wait.number; file++)
                ready |= (files++)->revents != 0;
        }
        if (!ready || !end_wait(&parked[i], over)) {
            if (kept != i)
                parked[kept] = parked[i];
            kept++;
        } else if (parked[i].batch != NULL) {
            goes_on[ended++] = parked[i];
        }
    }
    count = kept;
    // Only now, since a batch that goes on may be parked again.
    for (size_t i = 0; i < ended; i++)
        go_on(goes_on[i].batch, goes_on[i].reply);
}

void parked_after_poll(const struct pollfd *files)
{
    if (count != 0)
        sweep(files);
}

void parked_end_all(void)
{
    while (count != 0)
        sweep(NULL);
}

void parked_forget(void)
{
    count = 0;
    for (size_t i = 0; i < MAX_BATCHES; i++)
        batches[i].used = false;
}
