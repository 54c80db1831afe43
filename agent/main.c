// SPDX-License-Identifier: Apache-2.0
// The command line.
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bounds.h"
#include "transport.h"

static int usage(void)
{
    fprintf(stderr, "usage: ccwspec-agent [--port DEVICE | --tub DEVICE | --version]\n");
    return 64;
}

int main(int argc, char **argv)
{
    // A connection that ended is found out by the write's result.
    signal(SIGPIPE, SIG_IGN);
    if (argc == 1)
        return transport_stream();
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("ccwspec-agent %s, protocol %d\n", AGENT_VERSION, PROTOCOL_VERSION);
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "--port") == 0)
        return transport_port(argv[2]);
    if (argc == 3 && strcmp(argv[1], "--tub") == 0)
        return transport_tub(argv[2]);
    return usage();
}
