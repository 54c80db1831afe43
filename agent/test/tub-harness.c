// SPDX-License-Identifier: Apache-2.0
// The agent behind a 3270, with a terminal in front: standard input and output are the stream that the terminal carries.
// A socket that keeps records stands for the device. Input is cut into records in several sizes, and waits for its turn;
// records that are not what the protocol says end the program with exit code 1.
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transport.h"

static void fail(const char *what)
{
    fprintf(stderr, "tub-harness: %s\n", what);
    exit(1);
}

#define LIMIT 16384

static uint8_t record[4 + LIMIT];

// A record to the agent: attention identifier, cursor address, and a piece of the stream. Every third one comes behind one
// without payload. Returns false at the end of the input.
static bool pass_input(int terminal)
{
    static const size_t sizes[] = {1, 1917, 7, 300, LIMIT};
    static unsigned next;
    memcpy(record, "\x7D\x40\x40", 3);
    ssize_t length = read(STDIN_FILENO, record + 3, sizes[next++ % 5]);
    if (length <= 0)
        return false;
    if (next % 3 == 0 && send(terminal, record, 3, 0) != 3)
        fail("an empty record could not be sent");
    if (send(terminal, record, 3 + (size_t)length, 0) != 3 + length)
        fail("a record could not be sent");
    return true;
}

static void pass_output(int terminal)
{
    ssize_t length = recv(terminal, record, sizeof record, 0);
    if (length < 1 || record[0] != 0xC3)
        fail("the agent wrote a record without its write control character");
    if (length > 1 + LIMIT)
        fail("the agent wrote a record that is too long");
    if (length > 1 && write(STDOUT_FILENO, record + 1, (size_t)length - 1) != length - 1)
        fail("standard output is closed");
}

// Passes both ways until the input ends. What is sent waits until the agent has written since the last time.
static void pass(int terminal)
{
    bool our_turn = false;
    for (;;) {
        struct pollfd files[2] = {{.fd = our_turn ? STDIN_FILENO : -1, .events = POLLIN},
                                  {.fd = terminal, .events = POLLIN}};
        poll(files, 2, -1);
        if (files[1].revents != 0) {
            pass_output(terminal);
            our_turn = true;
        } else if (files[0].revents != 0) {
            if (!pass_input(terminal))
                return;
            our_turn = false;
        }
    }
}

// In the place of opening a device again and again: serves one.
int transport_repeat(const char *device, int flags, void (*serve)(int device))
{
    (void)device, (void)flags;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0)
        fail("no socket");
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[1]);
        serve(ends[0]);
        _exit(0);
    }
    close(ends[0]);

    pass(ends[1]);
    // The terminal is switched off.
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return 0;
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    return transport_tub("");
}
