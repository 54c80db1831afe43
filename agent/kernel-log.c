// SPDX-License-Identifier: Apache-2.0
#include "kernel-log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "request.h"

#define RECORD_SPACE 16384u // the kernel cuts a record with its properties at 8 KiB

// The log stays open between requests: from a mark on, it is then read without going through what was before.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_file = -1;
static uint64_t position; // the sequence number of the record that is read next, or less

void kernel_log_forget(void)
{
    log_file = -1;
    pthread_mutex_init(&lock, NULL); // a thread that held it was not forked
}

// Opens the log, or goes to a place in it from which the record `mark` is still to come. Returns 0 or a negative errno.
static int64_t seek_mark(uint64_t mark)
{
    if (log_file < 0) {
        int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
            return -errno;
        log_file = files_add(fd, FILE_PRIVATE);
        position = 0;
        return log_file < 0 ? log_file : 0;
    }
    if (mark >= position)
        return 0;
    position = 0;
    return lseek(log_file, 0, SEEK_SET) < 0 ? -errno : 0;
}

// A record is "priority,sequence,time,flags;text".
static uint64_t sequence_of(const char *record)
{
    const char *comma = strchr(record, ',');
    return comma == NULL ? 0 : strtoull(comma + 1, NULL, 10);
}

// Reads records from the mark on, as many as there is room for. Returns the next mark, or a negative errno.
static int64_t read_records(uint64_t mark, struct answer *answer)
{
    char record[RECORD_SPACE];
    for (;;) {
        ssize_t length = read(log_file, record, sizeof record - 1);
        // EPIPE: records were overwritten before they were read; the next read goes on behind them.
        if (length < 0 && (errno == EINTR || errno == EPIPE))
            continue;
        if (length < 0 && errno != EAGAIN)
            return -errno;
        if (length <= 0)
            return (int64_t)mark;
        record[length] = '\0';
        uint64_t sequence = sequence_of(record);
        position = sequence + 1;
        if (sequence < mark)
            continue;
        if ((size_t)length > answer_room(answer))
            return (int64_t)sequence;
        answer_bytes(answer, record, (size_t)length);
        mark = sequence + 1;
    }
}

outcome request_kernel_log(struct context *context, struct payload *payload, struct answer *answer)
{
    uint64_t mark = take_u64(payload);
    if (!payload_ends(payload))
        return bad_form(context);
    pthread_mutex_lock(&lock);
    int64_t result = seek_mark(mark);
    if (result == 0)
        result = read_records(mark, answer);
    if (result < 0)
        answer->length = ANSWER_RESULT;
    pthread_mutex_unlock(&lock);
    return answered(answer, result);
}
