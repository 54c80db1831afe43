// SPDX-License-Identifier: Apache-2.0
// A full-screen 3270 as a stream. Its device cannot be polled, and a read of it sleeps until the other side has pressed a
// key: one thread reads records, another one writes them, and pipes lie between them and the loop.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "transport.h"

#define WRITE_CONTROL 0xC3u  // of the write command: reset modified-data tags, restore the keyboard
#define INBOUND_HEADER 3u    // attention identifier, cursor address
#define OUTBOUND_LIMIT 16384u
#define INBOUND_LIMIT 32768u
#define PATIENCE 2           // milliseconds that output may take to follow a record that was read

struct tub {
    int device;
    int to_loop, from_loop; // ends of pipes
    int fetched;            // eventfd: a record was read that no write has followed yet
};

// Writes all of it. Returns 0, or -1 if the other end of the pipe is gone.
static int write_all(int fd, const uint8_t *bytes, size_t length)
{
    while (length != 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

// A record without payload.
static const uint8_t nothing[] = {WRITE_CONTROL};

// Writes one record. Returns 0, or -1 if the device is gone.
static int write_record(int device, const uint8_t *record, size_t length)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    for (;;) {
        ssize_t written = write(device, record, length);
        if (written == (ssize_t)length)
            return 0;
        // An attention that comes in between refuses the write, or ends it before its first byte.
        if (written >= 0 || errno == EBUSY || errno == EACCES)
            nanosleep(&moment, NULL);
        else if (errno != EINTR)
            return -1;
    }
}

static void *read_records(void *argument)
{
    struct tub *tub = argument;
    static uint8_t record[INBOUND_LIMIT];
    for (;;) {
        ssize_t length = read(tub->device, record, sizeof record);
        if (length < 0 && errno == EINTR)
            continue;
        // A record with nothing behind its header is a key without a payload; one without a header must not keep us busy.
        if (length == 0)
            transport_pause(1);
        if (length >= 0 && (size_t)length <= INBOUND_HEADER)
            continue;
        // Told first, so that output which follows from the record always finds it told.
        if (length > 0)
            eventfd_write(tub->fetched, 1);
        if (length < 0 || write_all(tub->to_loop, record + INBOUND_HEADER, (size_t)length - INBOUND_HEADER) != 0)
            break;
    }
    files_close(tub->to_loop); // to the loop, the end of the connection
    return NULL;
}

// Writes output as it comes. A record that was read is followed by a write in any case: only this tells the other side that
// its next record will not be joined to the one before. Output that comes soon serves for it; two small writes in a row
// would have to wait for the network's acknowledgement in between.
static void *write_records(void *argument)
{
    struct tub *tub = argument;
    static uint8_t record[1 + OUTBOUND_LIMIT] = {WRITE_CONTROL};
    int owes = 0;
    for (;;) {
        struct pollfd polled[] = {
            {.fd = tub->from_loop, .events = POLLIN},
            {.fd = owes ? -1 : tub->fetched, .events = POLLIN},
        };
        int ready = poll(polled, 2, owes ? PATIENCE : -1);
        eventfd_t count;
        if (ready < 0)
            continue;
        if (polled[0].revents == 0 && !owes) {
            owes = 1;
            eventfd_read(tub->fetched, &count);
            continue;
        }
        ssize_t length = 0;
        if (polled[0].revents != 0) {
            length = read(tub->from_loop, record + 1, OUTBOUND_LIMIT);
            if (length <= 0)
                break;
            eventfd_read(tub->fetched, &count);
        }
        owes = 0;
        if (write_record(tub->device, record, 1 + (size_t)length) != 0)
            break;
    }
    files_close(tub->from_loop);
    return NULL;
}

static void make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0)
        abort();
    files_add(ends[0], FILE_PRIVATE);
    files_add(ends[1], FILE_PRIVATE);
}

static void start_thread(void *(*run)(void *), struct tub *tub)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, tub) != 0)
        abort();
    pthread_detach(thread);
}

static void serve_tub(int device)
{
    static struct tub tub;
    int in[2], out[2];
    make_pipe(in);
    make_pipe(out);
    int fetched = files_add(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), FILE_PRIVATE);
    if (fetched < 0)
        abort();
    tub = (struct tub){.device = files_add(device, FILE_PRIVATE), .to_loop = in[1], .from_loop = out[0], .fetched = fetched};
    // An attention before now is lost: this says that the device is open.
    write_record(device, nothing, sizeof nothing);
    start_thread(read_records, &tub);
    start_thread(write_records, &tub);
    transport_serve(in[0], out[1], false);
}

int transport_tub(const char *device)
{
    return transport_repeat(device, O_RDWR, serve_tub);
}
