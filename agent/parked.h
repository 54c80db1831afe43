// SPDX-License-Identifier: Apache-2.0
// What waits in this process, without holding up anything else: waits, and batches that came to a wait.
#ifndef CCWSPEC_PARKED_H
#define CCWSPEC_PARKED_H

#include <poll.h>

#include "agent.h"
#include "wait.h"

bool parked_has_room(void);
// parked_has_room() has said so.
void parked_add(const struct wait *wait, struct reply reply);

// Carries out a batch; where it comes to a wait, the rest goes on later.
outcome parked_batch_start(struct context *context, struct reply reply, const struct frame *frame);

// The most files that parked_poll() needs.
#define MAX_PARKED_FILES (MAX_WAITS * MAX_WAIT_FILES)

// Fills in what to poll for. Returns how many; `deadline` becomes the next one, if it is before what it was.
size_t parked_poll(struct pollfd *files, int64_t *deadline);
// Ends the waits whose files, as parked_poll() gave them, have something, or whose time is over.
void parked_after_poll(const struct pollfd *files);

// Ends every wait now.
void parked_end_all(void);
// Forgets them: in a forked process, where they are the parent's.
void parked_forget(void);

#endif
