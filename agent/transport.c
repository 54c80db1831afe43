// SPDX-License-Identifier: Apache-2.0
#include "transport.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "files.h"
#include "loop.h"
#include "processes.h"

void transport_pause(long milliseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000000}, NULL);
}

void transport_serve(int in, int out, bool blocks)
{
    const int ends[] = {in, out};
    for (int i = 0; i < 2; i++) {
        int flags = fcntl(ends[i], F_GETFL);
        fcntl(ends[i], F_SETFL, blocks ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
        files_add(ends[i], FILE_PRIVATE);
    }
    processes_begin();
    agent_begin(in, out, false);
    agent.blocks = blocks;
    loop_run(read);
    processes_end();
}

int transport_stream(void)
{
    if (isatty(STDIN_FILENO)) {
        fprintf(stderr, "ccwspec-agent: standard input is a terminal, but frames of the protocol are expected there\n");
        return 2;
    }
    transport_serve(STDIN_FILENO, STDOUT_FILENO, false);
    return 0;
}
