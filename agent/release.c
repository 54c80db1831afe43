// SPDX-License-Identifier: Apache-2.0
#include "release.h"

#include <errno.h>

#include "agent.h"
#include "apart.h"
#include "fault.h"
#include "files.h"
#include "bounds.h"
#include "memory.h"
#include "parked.h"
#include "processes.h"

static bool under_way;
static struct reply reply;
static int64_t give_up;

bool release_is_under_way(void)
{
    return under_way;
}

static void drop_everything(void)
{
    files_close_all();
    memory_unmap_all();
    fault_forget();
}

outcome release_start(struct context *context, const struct frame *frame)
{
    if (frame->length != 0)
        return bad_form(context);
    reply = (struct reply){frame->id, frame->kind};
    give_up = clock_now() + RELEASE_WAIT_MS * (int64_t)1000000;
    under_way = true;
    // Batches that wait run to their end, so that what they open is closed below.
    parked_end_all();
    processes_kill();
    drop_everything();
    int64_t deadline = give_up;
    release_step(&deadline);
    return ANSWERED;
}

void release_step(int64_t *deadline)
{
    if (!under_way)
        return;
    bool done = processes_running() == 0 && apart_running() == 0;
    if (done || clock_now() >= give_up) {
        // Once more: a request that ran apart may have opened or mapped something at its end.
        drop_everything();
        agent_answer_result(reply, done ? 0 : -EBUSY);
        under_way = false;
    } else if (give_up < *deadline) {
        *deadline = give_up;
    }
}
