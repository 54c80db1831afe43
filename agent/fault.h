// SPDX-License-Identifier: Apache-2.0
// The kernel's systematic fault injection: one allocation of the next system call fails.
#ifndef CCWSPEC_FAULT_H
#define CCWSPEC_FAULT_H

#include <stdint.h>
#include <sys/types.h>

// Remembers which allocation of the next call fails; 0 for none. Returns 0, or -ENOENT where the kernel cannot do it.
int64_t fault_plan(uint32_t ordinal);

// Takes the plan back.
void fault_forget(void);

// Arms the plan for this thread, right before the call. What it returns goes to fault_result().
int fault_arm(void);

// Disarms again, and turns what the call returned, and errno, into a result of the protocol.
int64_t fault_result(int armed, int64_t returned);

#endif
