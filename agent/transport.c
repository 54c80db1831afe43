// SPDX-License-Identifier: Apache-2.0
#include "transport.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "files.h"
#include "loop.h"
#include "processes.h"

static void pause_ms(long milliseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000000}, NULL);
}

void transport_serve(int in, int out)
{
    const int ends[] = {in, out};
    for (int i = 0; i < 2; i++) {
        fcntl(ends[i], F_SETFL, fcntl(ends[i], F_GETFL) | O_NONBLOCK);
        files_add(ends[i], FILE_PRIVATE);
    }
    processes_begin();
    agent_begin(in, out, false);
    loop_run(read);
    processes_end();
}

int transport_stream(void)
{
    if (isatty(STDIN_FILENO)) {
        fprintf(stderr, "ccwspec-agent: standard input is a terminal, but frames of the protocol are expected there\n");
        return 2;
    }
    transport_serve(STDIN_FILENO, STDOUT_FILENO);
    return 0;
}

// Errors that go away when the device is online, or when its last user has closed it.
static bool may_come(int error)
{
    return error == ENOENT || error == ENODEV || error == ENXIO || error == EBUSY || error == EAGAIN || error == EINTR;
}

// Opens the device as soon as it can be. Returns -1, with errno, if that will never be.
static int open_device(const char *device, int flags)
{
    int fd;
    while ((fd = open(device, flags | O_CLOEXEC)) < 0 && may_come(errno))
        pause_ms(20);
    return fd;
}

int transport_repeat(const char *device, int flags, void (*serve)(int device))
{
    for (;;) {
        // A process for each connection: at its end, the kernel takes back whatever it had.
        pid_t parent = getpid(), pid = fork();
        if (pid < 0)
            break;
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (getppid() != parent)
                _exit(0);
            int fd = open_device(device, flags);
            if (fd < 0)
                _exit(errno);
            serve(fd);
            _exit(0);
        }
        int status;
        waitpid(pid, &status, 0);
        if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
            errno = WEXITSTATUS(status);
            break;
        }
        pause_ms(20);
    }
    fprintf(stderr, "ccwspec-agent: %s: %s\n", device, strerror(errno));
    return 1;
}

static void serve_port(int port)
{
    // While nobody has opened the other side, the port says that it is hung up, and a read gives the end of the file.
    struct pollfd file = {.fd = port, .events = POLLIN};
    while (poll(&file, 1, -1) == 1 && (file.revents & POLLIN) == 0)
        pause_ms(5);
    transport_serve(port, port);
}

int transport_port(const char *device)
{
    return transport_repeat(device, O_RDWR | O_NONBLOCK, serve_port);
}
