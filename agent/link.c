// SPDX-License-Identifier: Apache-2.0
#include "link.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "files.h"

struct link *link_new(uint16_t number, const struct frame_events *events)
{
    struct link *link = calloc(1, sizeof *link);
    uint8_t *buffer = malloc(FRAME_LIMIT);
    if (link == NULL || buffer == NULL) {
        free(link);
        free(buffer);
        return NULL;
    }
    link->number = number;
    link->fd = -1;
    link->parser_buffer = buffer;
    frame_parser_init(&link->parser, events, link, buffer);
    return link;
}

void link_free(struct link *link)
{
    if (link->fd >= 0)
        files_close(link->fd);
    for (size_t i = 0; i < link->passed_count; i++)
        files_close(link->passed[i]);
    queue_free(&link->output);
    free(link->parser_buffer);
    free(link);
}

void link_write(struct link *link)
{
    if (link->fd >= 0 && !queue_write(&link->output, link->fd, link->passed, &link->passed_count))
        queue_clear(&link->output);
}

void link_read(struct link *link)
{
    static uint8_t bytes[64 * 1024];
    ssize_t length = read(link->fd, bytes, sizeof bytes);
    if (length > 0) {
        frame_parser_feed(&link->parser, bytes, (size_t)length);
    } else if (length == 0 || (errno != EAGAIN && errno != EINTR)) {
        files_close(link->fd);
        link->fd = -1;
    }
}

bool link_take_unanswered(struct link *link, uint32_t id)
{
    for (size_t i = 0; i < link->unanswered_count; i++) {
        if (link->unanswered[i] == id) {
            link->unanswered[i] = link->unanswered[--link->unanswered_count];
            return true;
        }
    }
    return false;
}

void link_kill(struct link *link)
{
    link->killed = true;
    // One that has not told its process id yet finds its connection closed.
    if (link->fd >= 0)
        shutdown(link->fd, SHUT_WR);
    if (link->pid > 0 && !link->reaped)
        kill(link->pid, SIGKILL);
}
