// SPDX-License-Identifier: Apache-2.0
// Waiting for eventfds: one wait, and taking what has come.
#ifndef CCWSPEC_WAIT_H
#define CCWSPEC_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "answer.h"
#include "bounds.h"

struct wait {
    int64_t deadline; // of the monotonic clock, in nanoseconds
    unsigned number;
    int files[MAX_WAIT_FILES];
};

// The monotonic clock, in nanoseconds.
int64_t clock_now(void);

// 0 if all files are eventfds, else -EINVAL or -EBADF.
int64_t wait_check(const struct wait *wait);

// Takes the counts of the files into the answer; its result is how many had one, or a negative errno. Returns that.
int64_t wait_take(const struct wait *wait, struct answer *answer);

#endif
