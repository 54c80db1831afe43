// SPDX-License-Identifier: Apache-2.0
// Requests on eventfds.
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "request.h"

outcome request_eventfd(struct context *context, struct payload *payload, struct answer *answer)
{
    if (!payload_ends(payload))
        return bad_form(context);
    int fd = eventfd(0, EFD_NONBLOCK);
    return answered(answer, fd < 0 ? -errno : files_add(fd, FILE_EVENT));
}

outcome request_signal(struct context *context, struct payload *payload, struct answer *answer)
{
    int fd = take_s32(payload);
    uint64_t count = take_u64(payload);
    if (!payload_ends(payload))
        return bad_form(context);
    if (files_type(fd) != FILE_EVENT)
        return answered(answer, files_has(fd) ? -EINVAL : -EBADF);
    ssize_t written = write(fd, &count, sizeof count);
    return answered(answer, written < 0 ? -errno : 0);
}

// On a thread of its own: sleeps until a file is signalled or the time is over.
static void sleep_through(const struct wait *wait)
{
    struct pollfd files[MAX_WAIT_FILES];
    for (unsigned i = 0; i < wait->number; i++)
        files[i] = (struct pollfd){.fd = wait->files[i], .events = POLLIN};
    int64_t left = wait->deadline - clock_now();
    if (left > 0) {
        struct timespec time = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
        ppoll(files, wait->number, &time, NULL);
    }
}

outcome request_wait(struct context *context, struct payload *payload, struct answer *answer)
{
    struct wait *wait = &context->parked;
    uint32_t milliseconds = take_u32(payload);
    wait->number = take_u16(payload);
    if (payload->short_of || payload->left != 4u * wait->number)
        return bad_form(context);
    if (wait->number > MAX_WAIT_FILES)
        return refused(context, ERROR_TOO_MANY, "a wait takes at most 256 files");
    if (answer_room(answer) < 8u * wait->number)
        return too_long(context);
    for (unsigned i = 0; i < wait->number; i++)
        wait->files[i] = take_s32(payload);
    if (context->in_batch && milliseconds > BATCH_WAIT_MS)
        milliseconds = BATCH_WAIT_MS;

    wait->deadline = clock_now() + (int64_t)milliseconds * 1000000;
    // Nothing has come yet, most of the time: polling at once is a call less than looking first.
    if (context->may_park && milliseconds != 0 && wait_check(wait) == 0)
        return PARKED;
    if (wait_take(wait, answer) != 0 || milliseconds == 0)
        return ANSWERED;
    do {
        sleep_through(wait);
        answer->length = ANSWER_RESULT;
    } while (wait_take(wait, answer) == 0 && clock_now() < wait->deadline);
    return ANSWERED;
}
