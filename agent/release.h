// SPDX-License-Identifier: Apache-2.0
// The request `release`: back to how the connection began.
#ifndef CCWSPEC_RELEASE_H
#define CCWSPEC_RELEASE_H

#include "request.h"

outcome release_start(struct context *context, const struct frame *frame);

// True until it is answered; no requests are taken meanwhile.
bool release_is_under_way(void);

// Answers if all that was to end has ended, or if it took too long. `deadline` becomes the time to look at the latest,
// if it is before what it was.
void release_step(int64_t *deadline);

#endif
