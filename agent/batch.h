// SPDX-License-Identifier: Apache-2.0
// A batch: a list of requests that are carried out in order. It can be left in the midst, where a request waits, and gone
// on with later.
#ifndef CCWSPEC_BATCH_H
#define CCWSPEC_BATCH_H

#include "bounds.h"
#include "request.h"

struct batch {
    struct payload left; // in memory that the batch may write to
    bool stops_early; // at the first negative result
    bool stopped;
    int64_t ran;
    int64_t results[MAX_USED];
    struct answer answer;
};

// Checks the whole list before anything of it is carried out; `payload` stays in use, and `use` writes to it. Returns ANSWERED if the batch can be run.
outcome batch_start(struct batch *batch, struct context *context, struct payload payload, struct answer answer);

// Carries out what is left. Returns ANSWERED, or PARKED where the next request waits, as context.parked says.
outcome batch_run(struct batch *batch, struct context *context);

// The wait that the batch was parked for is over: takes what has come into the batch's answer. Returns false, with
// nothing changed, if that is nothing and `over` does not say that the time is up.
bool batch_take_wait(struct batch *batch, const struct wait *wait, bool over);

#endif
