// SPDX-License-Identifier: Apache-2.0
// Requests that run on threads of their own.
#ifndef CCWSPEC_APART_H
#define CCWSPEC_APART_H

#include "request.h"

// Starts a thread for the request, whose payload is copied.
outcome apart_start(struct context *context, const struct frame *frame);

// Readable when a request has ended; then apart_collect() answers. Made when it is first asked for; -1 without memory.
int apart_file(void);
void apart_collect(void);

size_t apart_running(void);

// Forgets them: a forked process has none of its parent's threads.
void apart_forget(void);

#endif
