// SPDX-License-Identifier: Apache-2.0
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <time.h>

#include "agent.h"
#include "apart.h"
#include "parked.h"
#include "processes.h"
#include "release.h"

#define FLUSH_NS 2000000000 // how long the other side may take to read the last answers after it has closed its own end

// What is polled for, in this order; then the files of waits, then those of processes.
enum polled { IN, OUT, APART, FIRST_OTHER };

static struct pollfd files[FIRST_OTHER + MAX_PARKED_FILES + MAX_PROCESSES];

// What was read and not parsed yet.
static struct {
    uint8_t bytes[64 * 1024];
    size_t start, end;
    bool ended;
} input;

static void parse(void)
{
    if (input.start < input.end)
        input.start += agent_feed(input.bytes + input.start, input.end - input.start);
}

static void read_input(connection_read read_connection)
{
    ssize_t length = read_connection(agent.in, input.bytes, sizeof input.bytes);
    input.start = 0;
    input.end = length > 0 ? (size_t)length : 0;
    if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR))
        input.ended = true;
}

// Writes answers, and parses what could not be taken before there was room for its answers. Returns false if the other
// side is gone.
static bool write_output(void)
{
    size_t none = 0;
    do {
        parse();
        if (!queue_write(&agent.output, agent.out, NULL, &none))
            return false;
    } while (input.start < input.end && agent_takes_requests());
    return true;
}

static struct pollfd wish(int fd, short events, bool wished)
{
    return (struct pollfd){.fd = wished ? fd : -1, .events = events};
}

static void sleep_until_something_happens(size_t count, int64_t deadline)
{
    struct timespec time, *limit = NULL;
    if (deadline != INT64_MAX) {
        int64_t left = deadline - clock_now();
        if (left < 0)
            left = 0;
        time = (struct timespec){.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
        limit = &time;
    }
    if (ppoll(files, count, limit, NULL) < 0) {
        for (size_t i = 0; i < count; i++)
            files[i].revents = 0;
    }
}

void loop_run(connection_read read_connection)
{
    int64_t flush_deadline = INT64_MAX;
    input.start = input.end = 0;
    input.ended = false;

    while (write_output()) {
        bool has_output = queue_length(&agent.output) != 0, may_answer = !queue_is_full(&agent.output);
        int64_t deadline = flush_deadline;
        if (input.ended && ((!has_output && input.start == input.end) || clock_now() >= flush_deadline))
            return;

        files[IN] = wish(agent.in, POLLIN, !input.ended && input.start == input.end && agent_takes_requests());
        files[OUT] = wish(agent.out, POLLOUT, has_output);
        files[APART] = wish(apart_running() == 0 ? -1 : apart_file(), POLLIN, may_answer);
        struct pollfd *waits = files + FIRST_OTHER, *processes = waits + parked_poll(waits, &deadline);
        size_t count = (size_t)(processes - files) + processes_poll(processes, may_answer, &deadline);
        release_step(&deadline);
        if (queue_length(&agent.output) != 0 && !has_output)
            continue;
        // Nothing but the next request can happen: one call less than polling for it.
        if (agent.blocks && count == FIRST_OTHER && files[IN].fd >= 0 && files[APART].fd < 0 && !has_output &&
            deadline == INT64_MAX) {
            read_input(read_connection);
            continue;
        }
        sleep_until_something_happens(count, deadline);

        if ((files[OUT].revents & (POLLERR | POLLHUP)) != 0 && (files[OUT].revents & POLLOUT) == 0)
            return;
        processes_after_poll(processes);
        parked_after_poll(waits);
        if (files[APART].revents != 0)
            apart_collect();
        release_step(&deadline);
        if (files[IN].revents != 0)
            read_input(read_connection);
        if (input.ended && flush_deadline == INT64_MAX)
            flush_deadline = clock_now() + FLUSH_NS;
    }
}
