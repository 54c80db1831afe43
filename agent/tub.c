// SPDX-License-Identifier: Apache-2.0
// A full-screen 3270 as a stream. Its device cannot be polled, and a read of it sleeps until the other side has pressed a
// key: one thread reads records, another one writes them, and pipes lie between them and the loop.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "transport.h"

#define WRITE_CONTROL 0xC3u  // of the write command: reset modified-data tags, restore the keyboard
#define INBOUND_HEADER 3u    // attention identifier, cursor address
#define OUTBOUND_LIMIT 1920u // one screen of 24 by 80
#define INBOUND_LIMIT 32768u

struct tub {
    int device;
    int to_loop, from_loop; // ends of pipes
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
    while (write(device, record, length) < 0) {
        // An attention that comes in between refuses the start of a write.
        if (errno == EBUSY || errno == EACCES)
            nanosleep(&moment, NULL);
        else if (errno != EINTR)
            return -1;
    }
    return 0;
}

static void *read_records(void *argument)
{
    struct tub *tub = argument;
    static uint8_t record[INBOUND_LIMIT];
    for (;;) {
        ssize_t length = read(tub->device, record, sizeof record);
        if (length < 0 && errno == EINTR)
            continue;
        // A record with nothing in it is a key without a payload.
        if (length >= 0 && (size_t)length <= INBOUND_HEADER)
            continue;
        if (length < 0 || write_all(tub->to_loop, record + INBOUND_HEADER, (size_t)length - INBOUND_HEADER) != 0)
            break;
        // Only this tells the other side that the next record will not be joined to the one that was just read.
        if (write_record(tub->device, nothing, sizeof nothing) != 0)
            break;
    }
    files_close(tub->to_loop); // to the loop, the end of the connection
    return NULL;
}

static void *write_records(void *argument)
{
    struct tub *tub = argument;
    static uint8_t record[1 + OUTBOUND_LIMIT] = {WRITE_CONTROL};
    ssize_t length;
    while ((length = read(tub->from_loop, record + 1, OUTBOUND_LIMIT)) > 0) {
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
    tub = (struct tub){.device = files_add(device, FILE_PRIVATE), .to_loop = in[1], .from_loop = out[0]};
    // An attention before now is lost: this says that the device is open.
    write_record(device, nothing, sizeof nothing);
    start_thread(read_records, &tub);
    start_thread(write_records, &tub);
    transport_serve(in[0], out[1]);
}

int transport_tub(const char *device)
{
    return transport_repeat(device, O_RDWR, serve_tub);
}
