// SPDX-License-Identifier: Apache-2.0
// The loop of a process: everything that can happen, in one place, and nothing that blocks.
#ifndef CCWSPEC_LOOP_H
#define CCWSPEC_LOOP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef ssize_t (*connection_read)(int fd, void *bytes, size_t length);

// Serves the connection that agent_begin() was given, until it ends.
void loop_run(connection_read read_connection);

#endif
