// SPDX-License-Identifier: Apache-2.0
#include "processes.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "child.h"
#include "files.h"
#include "identity.h"
#include "link.h"

static struct link *links[MAX_PROCESSES];
static size_t count;
static uint16_t last_number;

#define REAP_AGAIN_NS 1000000 // a process that has closed its link is gone very soon, or sleeps in the kernel

void processes_begin(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static struct link *find(uint16_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (links[i]->number == number)
            return links[i];
    }
    return NULL;
}

// What a process says: its process id, once, and answers for the connection.
static bool take_frame(void *owner, const struct frame *frame)
{
    struct link *link = owner;
    if (frame->kind == KIND_BORN && frame->length == 4) {
        link->pid = (pid_t)get_u32(frame->payload);
        if (link->killed)
            link_kill(link);
        return true;
    }
    struct link *asked = find(frame->process);
    if (asked != NULL && link_take_unanswered(asked, frame->id))
        agent_relay(frame);
    return true;
}

static bool take_malformed(void *owner, enum frame_error error, uint32_t id, uint16_t process)
{
    (void)owner, (void)error, (void)id, (void)process;
    return true;
}

static uint16_t next_number(void)
{
    do
        last_number++;
    while (last_number == 0 || find(last_number) != NULL);
    return last_number;
}

// A link for a process to come, whose end of it goes to `other`. NULL, with errno, if there can be none.
static struct link *add_link(int *other)
{
    static const struct frame_events events = {.frame = take_frame, .malformed = take_malformed};
    int ends[2];
    struct link *link = link_new(next_number(), &events);
    if (link == NULL)
        return NULL;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
        int error = errno;
        link_free(link);
        errno = error;
        return NULL;
    }
    link->fd = files_add(ends[0], FILE_PRIVATE);
    *other = ends[1];
    links[count++] = link;
    return link;
}

static void remove_link(size_t at)
{
    link_free(links[at]);
    memmove(links + at, links + at + 1, (--count - at) * sizeof(struct link *));
}

static outcome fork_here(struct context *context, struct reply reply)
{
    if (count == MAX_PROCESSES)
        return refused(context, ERROR_TOO_MANY, "there are too many processes");
    int other;
    struct link *link = add_link(&other);
    int64_t result = -errno;
    if (link != NULL) {
        pid_t pid = child_fork(link->number, other);
        close(other);
        link->pid = pid;
        result = pid < 0 ? pid : link->number;
        if (pid < 0)
            remove_link(count - 1);
    }
    agent_answer_result(reply, result);
    return ANSWERED;
}

outcome processes_fork(struct context *context, const struct frame *frame)
{
    struct reply reply = {frame->id, frame->kind};
    if (this_process == 0)
        return frame->length != 0 ? bad_form(context) : fork_here(context, reply);

    // Process 0 has put in which number the new process gets.
    if (frame->length != 2)
        return bad_form(context);
    int error = child_fork_from_child(get_u16(frame->payload), frame->id);
    if (error != 0)
        agent_answer_result(reply, error);
    return ANSWERED;
}

outcome processes_exit(struct context *context, const struct frame *frame)
{
    if (this_process == 0)
        return refused(context, ERROR_PROCESS, "process 0 ends with its connection only");
    if (frame->length != 0)
        return bad_form(context);
    // What was asked before is answered before; process 0 answers this request when nothing of the process is left.
    while (queue_length(&agent.output) != 0) {
        size_t none = 0;
        struct pollfd file = {.fd = agent.out, .events = POLLOUT};
        poll(&file, 1, -1);
        if (!queue_write(&agent.output, agent.out, NULL, &none))
            break;
    }
    _exit(0);
}

static void queue_frame(struct link *link, const struct frame *frame)
{
    uint8_t *at = queue_reserve(&link->output, FRAME_HEADER + frame->length);
    frame_put_header(at, frame);
    memcpy(at + FRAME_HEADER, frame->payload, frame->length);
    queue_advance(&link->output, FRAME_HEADER + frame->length);
}

static outcome relay_exit(struct context *context, struct link *link, const struct frame *frame)
{
    if (frame->length != 0 || frame->flags != 0)
        return bad_form(context);
    link->exits = true;
    link->exit_id = frame->id;
    queue_frame(link, frame);
    return ANSWERED;
}

static outcome relay_fork(struct context *context, struct link *link, const struct frame *frame)
{
    if (frame->length != 0 || frame->flags != 0)
        return bad_form(context);
    if (count == MAX_PROCESSES || link->passed_count == MAX_PROCESSES)
        return refused(context, ERROR_TOO_MANY, "there are too many processes");
    int other;
    const struct link *new = add_link(&other);
    if (new == NULL)
        return refused(context, ERROR_TOO_MANY, "there are too many open files for one more process");
    link->passed[link->passed_count++] = files_add(other, FILE_PRIVATE);

    uint8_t number[2];
    put_u16(number, new->number);
    struct frame with_number = *frame;
    with_number.length = sizeof number;
    with_number.payload = number;
    queue_frame(link, &with_number);
    link->unanswered[link->unanswered_count++] = frame->id;
    return ANSWERED;
}

static outcome relay_other(struct link *link, const struct frame *frame)
{
    queue_frame(link, frame);
    link->unanswered[link->unanswered_count++] = frame->id;
    return ANSWERED;
}

outcome processes_relay(struct context *context, const struct frame *frame)
{
    struct link *link = this_process == 0 ? find(frame->process) : NULL;
    if (link == NULL || link->exits || link->killed || link->fd < 0)
        return refused(context, ERROR_PROCESS, "there is no such process, or no more");
    if (frame->kind == REQUEST_RELEASE)
        return refused(context, ERROR_PROCESS, "release is a request to process 0");
    if (link->unanswered_count == MAX_UNANSWERED)
        return refused(context, ERROR_TOO_MANY, "the process has too many requests that it has not answered");

    outcome came;
    if (frame->kind == REQUEST_EXIT)
        came = relay_exit(context, link, frame);
    else if (frame->kind == REQUEST_FORK)
        came = relay_fork(context, link, frame);
    else
        came = relay_other(link, frame);
    link_write(link);
    return came;
}

bool processes_are_full(void)
{
    for (size_t i = 0; i < count; i++) {
        if (queue_is_full(&links[i]->output))
            return true;
    }
    return false;
}

size_t processes_poll(struct pollfd *files, bool read_answers, int64_t *deadline)
{
    for (size_t i = 0; i < count; i++) {
        short events = read_answers ? POLLIN : 0;
        if (queue_length(&links[i]->output) != 0)
            events |= POLLOUT;
        // Without a wish, not even the other end's closing: it would be told again and again.
        files[i] = (struct pollfd){.fd = events == 0 ? -1 : links[i]->fd, .events = events};
        if (links[i]->fd < 0 && clock_now() + REAP_AGAIN_NS < *deadline)
            *deadline = clock_now() + REAP_AGAIN_NS;
    }
    return count;
}

static void reap(void)
{
    pid_t pid;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
        for (size_t i = 0; i < count; i++)
            links[i]->reaped |= links[i]->pid == pid;
    }
    // Where the kernel does not let us adopt orphans (user-mode emulators), somebody else reaps them.
    for (size_t i = 0; i < count; i++)
        links[i]->reaped |= links[i]->fd < 0 && links[i]->pid > 0 && kill(links[i]->pid, 0) < 0 && errno == ESRCH;
}

// Answers what a process that has ended left unanswered.
static void finish(struct link *link)
{
    for (size_t i = 0; i < link->unanswered_count; i++)
        agent_error(link->unanswered[i], link->number, ERROR_PROCESS, "the process ended before it answered");
    if (link->exits) {
        uint8_t zero[ANSWER_RESULT] = {0};
        agent_relay(&(struct frame){.kind = REQUEST_EXIT | KIND_ANSWER,
                                    .id = link->exit_id,
                                    .process = link->number,
                                    .length = sizeof zero,
                                    .payload = zero});
    }
}

void processes_after_poll(const struct pollfd *files)
{
    bool closed = false;
    for (size_t i = 0; i < count; i++) {
        const struct pollfd *file = &files[i];
        if (file->fd >= 0 && (file->revents & POLLOUT))
            link_write(links[i]);
        if (file->fd >= 0 && (file->events & POLLIN) && (file->revents & (POLLIN | POLLHUP | POLLERR)))
            link_read(links[i]);
        closed |= links[i]->fd < 0;
    }
    if (!closed)
        return;
    reap();
    for (size_t i = count; i-- > 0;) {
        if (links[i]->fd < 0 && (links[i]->reaped || links[i]->pid == 0)) {
            finish(links[i]);
            remove_link(i);
        }
    }
}

size_t processes_running(void)
{
    return count;
}

void processes_kill(void)
{
    for (size_t i = 0; i < count; i++)
        link_kill(links[i]);
}

void processes_end(void)
{
    processes_kill();
    // Two seconds: who sleeps in the kernel for longer ends when the kernel lets it.
    for (int tries = 0; tries < 2000; tries++) {
        pid_t pid = waitpid(-1, NULL, WNOHANG);
        if (pid < 0 && errno == ECHILD)
            break;
        if (pid == 0)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

void processes_forget(void)
{
    while (count != 0)
        link_free(links[--count]);
}
