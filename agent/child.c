// SPDX-License-Identifier: Apache-2.0
#include "child.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "apart.h"
#include "fault.h"
#include "files.h"
#include "identity.h"
#include "kernel-log.h"
#include "bounds.h"
#include "loop.h"
#include "memory.h"
#include "parked.h"
#include "processes.h"

// Links that process 0 has passed for processes to come, oldest first.
static int passed[MAX_PROCESSES];
static size_t passed_count;

static void lock_all(void)
{
    files_lock();
    memory_lock();
}

static void unlock_all(void)
{
    memory_unlock();
    files_unlock();
}

// Leaves everything behind that is the parent's and not for requests.
static void become(uint16_t number, int link)
{
    unlock_all();
    this_process = number;
    files_close_private();
    passed_count = 0;
    kernel_log_forget();
    apart_forget();
    parked_forget();
    processes_forget();
    fault_forget();
    files_add(link, FILE_PRIVATE);
    agent_begin(link, link, true);
}

static _Noreturn void serve(void)
{
    loop_run(child_read);
    _exit(0);
}

pid_t child_fork(uint16_t number, int link)
{
    lock_all();
    pid_t pid = fork();
    if (pid == 0) {
        become(number, link);
        serve();
    }
    int error = errno;
    unlock_all();
    return pid < 0 ? -error : pid;
}

// In the process between: it ends at once, and its child is then one of process 0, which adopts orphans.
static _Noreturn void fork_again(uint16_t number, int link, uint16_t parent, uint32_t id)
{
    pid_t pid = fork();
    if (pid != 0)
        _exit(pid < 0 ? errno : 0);
    become(number, link);

    uint8_t payload[8];
    put_u32(payload, (uint32_t)getpid());
    agent_relay(&(struct frame){.kind = KIND_BORN, .process = number, .length = 4, .payload = payload});
    put_u64(payload, number);
    agent_relay(&(struct frame){
        .kind = REQUEST_FORK | KIND_ANSWER, .id = id, .process = parent, .length = 8, .payload = payload});
    serve();
}

int child_fork_from_child(uint16_t number, uint32_t id)
{
    if (passed_count == 0)
        return -EMFILE;
    int link = passed[0];
    memmove(passed, passed + 1, --passed_count * sizeof *passed);
    files_remove(link);

    lock_all();
    pid_t between = fork();
    if (between == 0)
        fork_again(number, link, this_process, id);
    int error = between < 0 ? errno : 0;
    unlock_all();
    close(link);

    int status = 0;
    if (between > 0 && waitpid(between, &status, 0) == between)
        error = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
    return -error;
}

static void keep_passed(struct msghdr *message)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; header->cmsg_type == SCM_RIGHTS && i < count && passed_count < MAX_PROCESSES; i++) {
            int link;
            memcpy(&link, CMSG_DATA(header) + i * sizeof link, sizeof link);
            passed[passed_count++] = files_add(link, FILE_PRIVATE);
        }
    }
}

ssize_t child_read(int link, void *bytes, size_t length)
{
    struct iovec into = {.iov_base = bytes, .iov_len = length};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(MAX_PROCESSES * sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &into,
        .msg_iovlen = 1,
        .msg_control = control.space,
        .msg_controllen = sizeof control.space,
    };
    ssize_t result = recvmsg(link, &message, 0);
    if (result > 0)
        keep_passed(&message);
    return result;
}
