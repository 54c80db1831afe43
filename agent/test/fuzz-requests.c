// SPDX-License-Identifier: Apache-2.0
// Requests with good, damaged and random payloads must give answers that have the form of one; paths must not lead astray.
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "bounds.h"
#include "files.h"
#include "fuzz.h"
#include "memory.h"
#include "paths.h"
#include "request.h"

static struct context context;

void fuzz_requests_begin(void)
{
    require(guard_init(&context.guard), "no memory");
}

// Numbers at which something may go wrong.
static uint64_t some_number(void)
{
    static const uint64_t numbers[] = {0, 1, 7, 8, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, UINT64_MAX, INT64_MAX, 4095, 4096};
    return one_in(2) ? below(16) : numbers[below(sizeof numbers / sizeof *numbers)];
}

static uint64_t some_address(void)
{
    static uint64_t mapped;
    if (mapped == 0 || one_in(64)) {
        int64_t address = memory_map(8192);
        if (address > 0)
            mapped = (uint64_t)address;
    }
    switch (below(4)) {
    case 0:
        return some_number();
    case 1:
        return mapped + below(16384) - 4096;
    default:
        return mapped + below(8192);
    }
}

// Nothing here is written to, and reading it has no effect.
static const char *const PATHS[] = {
    "/proc/version", "/proc/self/status", "/proc/self", "/sys/firmware", "/proc/self/fdinfo", "/proc/mounts",
    "/proc/cmdline", "/sys/bus/css",      "/proc/self/../version", "/etc/passwd", "/proc/self/root/etc/passwd", "/dev/vfio/0",
    "/dev/vfio",     "/dev/null",         "/dev",
};

struct writer {
    uint8_t bytes[4096];
    size_t length;
};

static void write_u8(struct writer *writer, uint8_t value)
{
    writer->bytes[writer->length++] = value;
}

static void write_u16(struct writer *writer, uint16_t value)
{
    put_u16(writer->bytes + writer->length, value);
    writer->length += 2;
}

static void write_u32(struct writer *writer, uint32_t value)
{
    put_u32(writer->bytes + writer->length, value);
    writer->length += 4;
}

static void write_u64(struct writer *writer, uint64_t value)
{
    put_u64(writer->bytes + writer->length, value);
    writer->length += 8;
}

static void write_random(struct writer *writer, size_t length)
{
    fill_random(writer->bytes + writer->length, length);
    writer->length += length;
}

static void write_path(struct writer *writer)
{
    const char *path = PATHS[below(sizeof PATHS / sizeof *PATHS)];
    memcpy(writer->bytes + writer->length, path, strlen(path));
    writer->length += strlen(path);
}

static void write_place(struct writer *writer)
{
    if (one_in(4)) {
        write_u8(writer, 1);
        write_u32(writer, (uint32_t)some_number());
    } else {
        write_u8(writer, 0);
        write_random(writer, below(64));
    }
}

// Does not wait: the time goes to other runs.
static void write_wait(struct writer *writer)
{
    uint16_t number = (uint16_t)below(5);
    write_u32(writer, 0);
    write_u16(writer, number);
    while (number-- != 0)
        write_u32(writer, (uint32_t)some_number());
}

static void write_vector(struct writer *writer, bool with_bytes)
{
    uint16_t count = (uint16_t)below(6);
    size_t total = 0;
    write_u16(writer, count);
    while (count-- != 0) {
        uint32_t length = one_in(8) ? (uint32_t)some_number() : below(100);
        total += length;
        write_u32(writer, length);
    }
    if (with_bytes && total < 1000)
        write_random(writer, total);
}

// A payload that has the form of its kind, with fields that need make no sense.
static void write_payload(struct writer *writer, uint8_t kind)
{
    if (kind >= 0x11 && kind <= 0x1A)
        write_u32(writer, one_in(2) ? 3 + below(8) : (uint32_t)some_number());
    switch (kind) {
    case 0x01:
        write_random(writer, 2);
        break;
    case 0x10:
        write_u32(writer, one_in(2) ? 0 : (uint32_t)some_number());
        write_path(writer);
        break;
    case 0x12:
        write_u8(writer, (uint8_t)below(3));
        write_u32(writer, (uint32_t)some_number());
        break;
    case 0x13:
        write_place(writer);
        break;
    case 0x14:
        write_u64(writer, some_number());
        write_u8(writer, (uint8_t)below(3));
        write_u32(writer, (uint32_t)some_number());
        break;
    case 0x15:
        write_u64(writer, some_number());
        write_place(writer);
        break;
    case 0x16:
    case 0x17:
        write_u64(writer, some_number());
        write_vector(writer, kind == 0x17);
        break;
    case 0x18:
        write_u64(writer, some_number());
        write_u8(writer, (uint8_t)below(6));
        break;
    case 0x19:
        write_u64(writer, some_number());
        break;
    case 0x1A: {
        // FIONREAD, FIONBIO and FIOASYNC, of which the kernel copies an int each; the rest of the calls is not random,
        // since a host may have one that does something.
        static const uint32_t calls[] = {0x541B, 0x5421, 0x5452, 0x3B64};
        write_u32(writer, calls[below(4)]);
        write_place(writer);
        break;
    }
    case 0x21:
        write_wait(writer);
        break;
    case 0x22:
        write_u32(writer, 3 + below(8));
        write_u64(writer, some_number());
        break;
    case 0x30:
        write_u64(writer, one_in(8) ? UINT64_MAX - below(8192) : below(100000));
        break;
    case 0x31:
        write_u64(writer, some_address() & (one_in(4) ? UINT64_MAX : ~UINT64_C(4095)));
        write_u64(writer, some_number());
        break;
    case 0x32:
        write_u64(writer, some_address());
        write_u32(writer, (uint32_t)some_number());
        break;
    case 0x33:
        write_u64(writer, some_address());
        write_random(writer, below(64));
        break;
    case 0x34:
        write_u64(writer, some_address());
        write_u64(writer, some_number());
        write_u8(writer, (uint8_t)any());
        break;
    case 0x35:
        write_u64(writer, some_address());
        write_u32(writer, one_in(8) ? (uint32_t)some_number() % 3 + (one_in(2) ? 5001 : 0) : 0);
        write_random(writer, below(64));
        break;
    case 0x40:
    case 0x42:
    case 0x43:
        write_path(writer);
        break;
    case 0x50:
        write_u64(writer, some_number());
        break;
    case 0x62:
        write_u8(writer, (uint8_t)below(3));
        write_u64(writer, some_number());
        break;
    case 0x63:
        write_u32(writer, 0);
        break;
    case 0x71:
        write_u16(writer, (uint16_t)(one_in(8) ? some_number() : below(4)));
        write_u32(writer, one_in(8) ? (uint32_t)some_number() : below(16));
        write_u8(writer, one_in(8) ? (uint8_t)any() : one_in(2) ? 4 : 8);
        break;
    default:
        break;
    }
}

// Kinds that are carried out here. Not those that concern the whole process, and `put attribute` only with a path that is
// refused: it would write to this machine.
static const uint8_t KINDS[] = {
    0x01, 0x10, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1A, 0x20,
    0x21, 0x22, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x40, 0x41, 0x42, 0x43, 0x50, 0x62, 0x63,
};

static void damage(struct writer *writer)
{
    if (one_in(2))
        writer->length = below((uint32_t)writer->length + 1);
    else if (writer->length != 0 && writer->length < 2000)
        write_random(writer, 1 + below(8));
}

static void check_answer(outcome came, const struct answer *answer)
{
    require(came == ANSWERED || (came >= ERROR_MAGIC && came <= ERROR_PATH), "a request ended in no known way");
    require(answer->length >= ANSWER_RESULT && answer->length <= answer->capacity, "an answer has no valid length");
}

// Carries a request out with its payload and its answer in spaces of exactly their sizes.
static void carry_out(uint8_t kind, const struct writer *writer)
{
    // Always far more than room for what is not `bytes`, as agent.c and batch.c give it; hello is never in a batch.
    size_t capacity = one_in(4) ? 2048 : PAYLOAD_LIMIT;
    uint8_t *payload_space = malloc(writer->length), *answer_space = malloc(capacity);
    memcpy(payload_space, writer->bytes, writer->length);
    struct payload payload = {.at = payload_space, .left = writer->length};
    struct answer answer = answer_in(answer_space, capacity);
    if (kind == REQUEST_BATCH) {
        struct batch batch;
        outcome came = batch_start(&batch, &context, payload, answer);
        if (came == ANSWERED) {
            came = batch_run(&batch, &context);
            answer = batch.answer;
        }
        check_answer(came, &answer);
    } else {
        outcome came = request_type(kind)->handler(&context, &payload, &answer);
        check_answer(came, &answer);
    }
    free(payload_space);
    free(answer_space);
}

// A random path can be a good one only by being in the list above, which `put attribute` is kept from.
static void write_request(struct writer *writer, uint8_t kind)
{
    write_payload(writer, kind);
    if (kind == 0x41) {
        write_u16(writer, 11);
        memcpy(writer->bytes + writer->length, "/etc/passwd", 11);
        writer->length += 11;
    } else if (one_in(4)) {
        damage(writer);
    }
}

static void fuzz_batch(struct writer *writer)
{
    unsigned requests = below(12);
    write_u8(writer, (uint8_t)below(2));
    while (requests-- != 0 && writer->length < 1500) {
        uint8_t kind = one_in(20)  ? (uint8_t)any()
                       : one_in(4) ? (uint8_t)REQUEST_USE
                                   : KINDS[1 + below(sizeof KINDS - 1)];
        write_u8(writer, kind);
        size_t length_at = writer->length;
        write_u32(writer, 0);
        write_request(writer, kind);
        put_u32(writer->bytes + length_at, (uint32_t)(writer->length - length_at - 4));
    }
    if (one_in(10))
        damage(writer);
}

void fuzz_request(void)
{
    struct writer writer = {.length = 0};
    uint8_t kind = KINDS[below(sizeof KINDS)];
    if (one_in(6)) {
        kind = REQUEST_BATCH;
        fuzz_batch(&writer);
    } else {
        write_request(&writer, kind);
    }
    carry_out(kind, &writer);
    // So that neither files nor memory run out.
    if (one_in(256)) {
        files_close_all();
        memory_unmap_all();
    }
}

// Paths: whatever is let through stays below what is allowed, also with dots and slashes in every place.
void fuzz_path(void)
{
    static const char *const parts[] = {"/", "..", ".", "//", "proc", "self", "sys", "bus", "css", "root", "devices/css0", "fd", "x"};
    char path[256] = "";
    if (one_in(2))
        strcpy(path, PATHS[below(5)]);
    for (unsigned count = below(8); count != 0; count--)
        strcat(path, parts[below(sizeof parts / sizeof *parts)]);
    if (path_is_attribute(path) || path_is_device(path)) {
        require(strstr(path, "/../") == NULL && strstr(path, "//") == NULL, "a path with a detour is allowed");
        require(strncmp(path, "/proc/self/root", 15) != 0 || (path[15] != '/' && path[15] != '\0'),
                "a path through /proc/self/root is allowed");
    }
}
