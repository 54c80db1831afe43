// SPDX-License-Identifier: Apache-2.0
// The processes of the agent. Process 0 has the connection, and a link to each of the others: a socket on which the same
// frames go. All forked processes are children of process 0, also those that another one forked.
#ifndef CCWSPEC_PROCESSES_H
#define CCWSPEC_PROCESSES_H

#include <poll.h>

#include "request.h"

// Once, in process 0, before the first request.
void processes_begin(void);

outcome processes_fork(struct context *context, const struct frame *frame);
outcome processes_exit(struct context *context, const struct frame *frame);

// Hands a request on to the process that it names.
outcome processes_relay(struct context *context, const struct frame *frame);

// True if a process takes its requests so slowly that no more should be read.
bool processes_are_full(void);

// Fills in what to poll for, at most MAX_PROCESSES files. Returns how many; `deadline` becomes the next one, if it is
// before what it was.
size_t processes_poll(struct pollfd *files, bool read_answers, int64_t *deadline);
// Goes on with those whose files, as processes_poll() gave them, have something.
void processes_after_poll(const struct pollfd *files);

size_t processes_running(void);

// Makes all of them end; they have ended when processes_running() says so.
void processes_kill(void);

// At the end of the connection: kills them, and waits a while for it.
void processes_end(void);
// Forgets them: in a forked process.
void processes_forget(void);

#endif
