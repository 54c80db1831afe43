// SPDX-License-Identifier: Apache-2.0
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static const char FAIL_NTH[] = "/proc/thread-self/fail-nth";

// Of the process, not of a thread: the next call may be one that runs apart.
static _Atomic uint32_t planned;

int64_t fault_plan(uint32_t ordinal)
{
    int fd = open(FAIL_NTH, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    close(fd);
    atomic_store(&planned, ordinal);
    return 0;
}

void fault_forget(void)
{
    atomic_store(&planned, 0);
}

int fault_arm(void)
{
    uint32_t ordinal = atomic_load_explicit(&planned, memory_order_relaxed);
    if (ordinal == 0 || (ordinal = atomic_exchange(&planned, 0)) == 0)
        return -1;
    char text[16];
    int length = snprintf(text, sizeof text, "%u", (unsigned)ordinal);
    int fd = open(FAIL_NTH, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write(fd, text, (size_t)length) != length) {
        close(fd);
        fd = -1;
    }
    return fd;
}

int64_t fault_result(int armed, int64_t returned)
{
    int64_t result = returned < 0 ? -errno : returned;
    if (armed >= 0) {
        // Where the call made fewer allocations, the count would go on into the agent's own calls.
        ssize_t written = write(armed, "0", 1);
        (void)written;
        close(armed);
    }
    return result;
}
