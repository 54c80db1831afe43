// SPDX-License-Identifier: Apache-2.0
#include "wait.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "files.h"

int64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t wait_check(const struct wait *wait)
{
    for (unsigned i = 0; i < wait->number; i++) {
        if (files_type(wait->files[i]) != FILE_EVENT)
            return files_has(wait->files[i]) ? -EINVAL : -EBADF;
    }
    return 0;
}

int64_t wait_take(const struct wait *wait, struct answer *answer)
{
    // All are looked at before the first count is taken: a count that is taken and not told would be lost.
    int64_t signalled = wait_check(wait);
    if (signalled < 0) {
        answer_result(answer, signalled);
        return signalled;
    }
    for (unsigned i = 0; i < wait->number; i++) {
        uint64_t count = 0;
        if (read(wait->files[i], &count, sizeof count) != sizeof count)
            count = 0;
        signalled += count != 0;
        answer_u64(answer, count);
    }
    answer_result(answer, signalled);
    return signalled;
}
