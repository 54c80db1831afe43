// SPDX-License-Identifier: Apache-2.0
// Requests on the attributes of sysfs and its like.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "paths.h"
#include "request.h"

static outcome take_attribute(struct context *context, struct payload *payload, size_t length, char path[PATH_SPACE])
{
    outcome bad = take_path(context, payload, length, path);
    if (bad == ANSWERED && !path_is_attribute(path))
        return refused(context, ERROR_PATH, "the path is not in the set of attributes");
    return bad;
}

// Reads up to `room` bytes. Returns how many, or a negative errno.
static int64_t read_all(int fd, uint8_t *into, size_t room)
{
    size_t length = 0;
    while (length < room) {
        ssize_t result = read(fd, into + length, room - length);
        if (result < 0 && errno == EINTR)
            continue;
        // A file without an end, such as trace_pipe, ends where nothing more is there now.
        if (result < 0 && errno == EAGAIN)
            break;
        if (result < 0)
            return -errno;
        if (result == 0)
            break;
        length += (size_t)result;
    }
    return (int64_t)length;
}

outcome request_get_attribute(struct context *context, struct payload *payload, struct answer *answer)
{
    char path[PATH_SPACE];
    outcome bad = take_attribute(context, payload, payload->left, path);
    if (bad != ANSWERED)
        return bad;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return answered(answer, -errno);
    int64_t result = read_all(fd, answer_end(answer), answer_room(answer));
    close(fd);
    if (result > 0)
        answer_advance(answer, (size_t)result);
    return answered(answer, result);
}

outcome request_put_attribute(struct context *context, struct payload *payload, struct answer *answer)
{
    char path[PATH_SPACE];
    uint16_t length = take_u16(payload);
    outcome bad = take_attribute(context, payload, length, path);
    if (bad != ANSWERED)
        return bad;
    // Truncated as a shell's redirection does: that is what empties the kernel's trace.
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0)
        return answered(answer, -errno);
    int armed = fault_arm();
    int64_t result = fault_result(armed, write(fd, payload->at, payload->left));
    close(fd);
    return answered(answer, result);
}

static bool is_self_or_parent(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int in_order(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

// Sorts the names behind each other in `names`, each NUL-terminated. False where there is no memory.
static bool sort_names(char *names, size_t length, size_t count)
{
    char *copy = malloc(length);
    char **sorted = calloc(count, sizeof *sorted);
    bool done = copy != NULL && sorted != NULL;
    if (done) {
        memcpy(copy, names, length);
        for (size_t i = 0, at = 0; i < count; at += strlen(copy + at) + 1)
            sorted[i++] = copy + at;
        qsort(sorted, count, sizeof *sorted, in_order);
        for (size_t i = 0; i < count; i++) {
            memcpy(names, sorted[i], strlen(sorted[i]) + 1);
            names += strlen(sorted[i]) + 1;
        }
    }
    free(sorted);
    free(copy);
    return done;
}

outcome request_list(struct context *context, struct payload *payload, struct answer *answer)
{
    char path[PATH_SPACE];
    outcome bad = take_path(context, payload, payload->left, path);
    if (bad != ANSWERED)
        return bad;
    if (!path_is_listed(path))
        return refused(context, ERROR_PATH, "the path is not in the set of folders that are listed");
    DIR *folder = opendir(path);
    if (folder == NULL)
        return answered(answer, -errno);

    size_t start = answer->length;
    int64_t count = 0;
    const struct dirent *entry;
    while (errno = 0, count >= 0 && (entry = readdir(folder)) != NULL) {
        size_t length = strlen(entry->d_name) + 1;
        if (is_self_or_parent(entry->d_name))
            continue;
        if (length > answer_room(answer)) {
            errno = EOVERFLOW;
            break;
        }
        answer_bytes(answer, entry->d_name, length);
        count++;
    }
    if (errno != 0)
        count = -errno;
    closedir(folder);
    if (count > 0 && !sort_names((char *)answer->at + start, answer->length - start, (size_t)count))
        count = -ENOMEM;
    if (count < 0)
        answer->length = start;
    return answered(answer, count);
}

outcome request_link(struct context *context, struct payload *payload, struct answer *answer)
{
    char path[PATH_SPACE], target[PATH_SPACE];
    outcome bad = take_attribute(context, payload, payload->left, path);
    if (bad != ANSWERED)
        return bad;
    ssize_t length = readlink(path, target, sizeof target);
    if (length < 0)
        return answered(answer, -errno);
    if ((size_t)length > answer_room(answer))
        return too_long(context);
    answer_bytes(answer, target, (size_t)length);
    return answered(answer, length);
}
