// SPDX-License-Identifier: Apache-2.0
// A forked process: how it begins, and how it forks in turn.
#ifndef CCWSPEC_CHILD_H
#define CCWSPEC_CHILD_H

#include <stdint.h>
#include <sys/types.h>

// Forks from process 0. The new process becomes `number`, with `link` as its connection, and serves that until it ends.
// Returns in process 0 only: the process id, or a negative errno.
pid_t child_fork(uint16_t number, int link);

// Forks from another process, with the oldest link that process 0 has passed. The new one becomes a child of process 0
// too, and answers request `id` in the name of this one. Returns in this process only: 0, or a negative errno.
int child_fork_from_child(uint16_t number, uint32_t id);

// Reads from the connection of a forked process; keeps the links that are passed along.
ssize_t child_read(int link, void *bytes, size_t length);

#endif
