// SPDX-License-Identifier: Apache-2.0
#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "files.h"
#include "bounds.h"

#define FULL (2 * FRAME_LIMIT)

bool queue_is_full(const struct queue *queue)
{
    return queue_length(queue) >= FULL;
}

static void grow(struct queue *queue, size_t needed)
{
    size_t capacity = queue->capacity == 0 ? 64 * 1024 : queue->capacity;
    while (capacity < needed)
        capacity *= 2;
    uint8_t *bytes = realloc(queue->bytes, capacity);
    if (bytes == NULL)
        abort();
    queue->bytes = bytes;
    queue->capacity = capacity;
}

uint8_t *queue_reserve(struct queue *queue, size_t length)
{
    if (queue->head == queue->tail)
        queue->head = queue->tail = 0;
    if (length > queue->capacity - queue->tail && queue->head != 0) {
        memmove(queue->bytes, queue->bytes + queue->head, queue_length(queue));
        queue->tail -= queue->head;
        queue->head = 0;
    }
    if (length > queue->capacity - queue->tail)
        grow(queue, queue->tail + length);
    return queue->bytes + queue->tail;
}

void queue_advance(struct queue *queue, size_t length)
{
    queue->tail += length;
}

// One sendmsg with files beside the bytes.
static ssize_t send_with_files(const struct queue *queue, int fd, const int *passed, size_t count)
{
    struct iovec bytes = {.iov_base = queue->bytes + queue->head, .iov_len = queue_length(queue)};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(MAX_PROCESSES * sizeof(int))];
    } control = {.header.cmsg_len = 0};
    struct msghdr message = {
        .msg_iov = &bytes,
        .msg_iovlen = 1,
        .msg_control = control.space,
        .msg_controllen = CMSG_SPACE(count * sizeof(int)),
    };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), passed, count * sizeof(int));
    return sendmsg(fd, &message, 0);
}

bool queue_write(struct queue *queue, int fd, const int *passed, size_t *count)
{
    while (queue->head != queue->tail) {
        ssize_t written = *count != 0 ? send_with_files(queue, fd, passed, *count)
                                      : write(fd, queue->bytes + queue->head, queue_length(queue));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return errno == EAGAIN;
        for (; *count != 0; --*count)
            files_close(passed[*count - 1]);
        queue->head += (size_t)written;
    }
    return true;
}

void queue_clear(struct queue *queue)
{
    queue->head = queue->tail = 0;
}

void queue_free(struct queue *queue)
{
    free(queue->bytes);
    *queue = (struct queue){0};
}
