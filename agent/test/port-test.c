// SPDX-License-Identifier: Apache-2.0
// A port that is opened again: two connections, one after the other, over pseudoterminals that stand for it.
//
//   port-test FOLDER     FOLDER is empty and ours
//
// Ends with exit code 0 if the second connection found everything as the first one had.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "bytes.h"
#include "frame.h"
#include "transport.h"

static pid_t agent_process;

static void fail(const char *what)
{
    fprintf(stderr, "port-test: %s\n", what);
    if (agent_process > 0)
        kill(agent_process, SIGKILL);
    exit(1);
}

// A new pseudoterminal, to which `link` then leads. Returns the side of the host.
static int new_port(const char *link)
{
    struct termios raw;
    int host = posix_openpt(O_RDWR | O_NOCTTY);
    if (host < 0 || grantpt(host) != 0 || unlockpt(host) != 0 || tcgetattr(host, &raw) != 0)
        fail("no pseudoterminal");
    cfmakeraw(&raw);
    tcsetattr(host, TCSANOW, &raw);
    char part[4096];
    snprintf(part, sizeof part, "%s.part", link);
    if (symlink(ptsname(host), part) != 0 || rename(part, link) != 0)
        fail("no link");
    return host;
}

static void read_exactly(int host, uint8_t *into, size_t length)
{
    while (length != 0) {
        struct pollfd file = {.fd = host, .events = POLLIN};
        if (poll(&file, 1, 20000) != 1)
            fail("no answer");
        ssize_t result = read(host, into, length);
        if (result <= 0)
            fail("the agent closed its side");
        into += result;
        length -= (size_t)result;
    }
}

// Sends a request. Returns the result of its answer.
static int64_t ask(int host, uint8_t kind, const uint8_t *payload, uint32_t length)
{
    uint8_t request[64], header[16], answer[1024];
    struct frame frame = {.kind = kind, .id = 7, .length = length};
    frame_put_header(request, &frame);
    if (length != 0)
        memcpy(request + 16, payload, length);
    if (write(host, request, 16 + length) != 16 + (ssize_t)length)
        fail("the request could not be sent");
    read_exactly(host, header, sizeof header);
    if (header[3] != (kind | KIND_ANSWER) || get_u32(header + 4) != 7 || get_u32(header + 12) > sizeof answer)
        fail("that is not the answer");
    read_exactly(host, answer, get_u32(header + 12));
    return (int64_t)get_u64(answer);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 64;
    signal(SIGPIPE, SIG_IGN);
    char link[4000];
    snprintf(link, sizeof link, "%s/port", argv[1]);
    agent_process = fork();
    if (agent_process == 0)
        _exit(transport_port(link));

    int64_t first_file = -1;
    for (int connection = 0; connection < 2; connection++) {
        int host = new_port(link);
        if (ask(host, 0x01, (const uint8_t[]){1, 1}, 2) != 1)
            fail("hello was refused");
        int64_t file = ask(host, 0x20, NULL, 0);
        if (file < 0 || (connection == 1 && file != first_file))
            fail("the second connection does not begin as the first one did");
        first_file = file;
        if (ask(host, 0x60, NULL, 0) != 1)
            fail("the first forked process is not number 1");
        unlink(link);
        close(host);
    }
    kill(agent_process, SIGKILL);
    waitpid(agent_process, NULL, 0);
    return 0;
}
