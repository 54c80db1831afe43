// SPDX-License-Identifier: Apache-2.0
// A device that is opened again after every connection.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transport.h"

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
        transport_pause(20);
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
        transport_pause(20);
    }
    fprintf(stderr, "ccwspec-agent: %s: %s\n", device, strerror(errno));
    return 1;
}
