// SPDX-License-Identifier: Apache-2.0
// Requests that are one system call on one file each.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fault.h"
#include "files.h"
#include "paths.h"
#include "request.h"

// Where the buffer of a call lies.
enum place { PLACE_BUFFER = 0, PLACE_HOLE = 1, PLACE_VALUE = 2 };

// The flags of open(2) have these values on s390x and x86-64 alike, and a request can give no others: O_CREAT would make
// files where the path allows it.
#define OPEN_FLAGS (O_ACCMODE | O_NONBLOCK | O_CLOEXEC)

// VFIO_GROUP_GET_DEVICE_FD, the only call of vfio that returns a new file.
#define GROUP_GET_DEVICE_FD 0x3B6Au

outcome take_path(struct context *context, struct payload *payload, size_t length, char path[PATH_SPACE])
{
    const uint8_t *bytes = take_bytes(payload, length);
    if (bytes == NULL)
        return bad_form(context);
    if (length == 0 || length >= PATH_SPACE || memchr(bytes, 0, length) != NULL)
        return refused(context, ERROR_PATH, "the path is empty, too long, or has a NUL in it");
    memcpy(path, bytes, length);
    path[length] = '\0';
    return ANSWERED;
}

outcome request_open(struct context *context, struct payload *payload, struct answer *answer)
{
    char path[PATH_SPACE];
    uint32_t flags = take_u32(payload);
    if (payload->short_of || (flags & ~(uint32_t)OPEN_FLAGS) != 0)
        return bad_form(context);
    outcome bad = take_path(context, payload, payload->left, path);
    if (bad != ANSWERED)
        return bad;
    bool reads = (flags & O_ACCMODE) == O_RDONLY;
    if (!path_is_device(path) && !(reads && path_is_attribute(path)))
        return refused(context, ERROR_PATH, "the path is not in the set that can be opened in this way");
    int fd = open(path, (int)flags);
    return answered(answer, fd < 0 ? -errno : files_add(fd, FILE_OPENED));
}

outcome request_close(struct context *context, struct payload *payload, struct answer *answer)
{
    int fd = take_s32(payload);
    if (!payload_ends(payload))
        return bad_form(context);
    if (!files_has(fd))
        return answered(answer, -EBADF);
    // First, since another thread may be given the same number as soon as the kernel has freed it.
    files_remove(fd);
    int armed = fault_arm();
    return answered(answer, fault_result(armed, close(fd)));
}

// The buffer of a call that reads `length` bytes; NULL if they do not fit in the answer.
static uint8_t *buffer_to_read(struct context *context, uint8_t place, uint32_t length, const struct answer *answer)
{
    if (place == PLACE_HOLE)
        return guard_hole(&context->guard);
    return length > answer_room(answer) ? NULL : guard_buffer(&context->guard, length);
}

static outcome answer_read(struct answer *answer, uint8_t place, const uint8_t *buffer, int64_t result)
{
    if (place == PLACE_BUFFER && result > 0)
        answer_bytes(answer, buffer, (size_t)result);
    return answered(answer, result);
}

outcome request_read(struct context *context, struct payload *payload, struct answer *answer)
{
    int fd = take_s32(payload);
    uint8_t place = take_u8(payload);
    uint32_t length = take_u32(payload);
    if (!payload_ends(payload) || place > PLACE_HOLE)
        return bad_form(context);
    uint8_t *buffer = buffer_to_read(context, place, length, answer);
    if (buffer == NULL)
        return too_long(context);
    if (!files_has(fd))
        return answered(answer, -EBADF);
    int armed = fault_arm();
    return answer_read(answer, place, buffer, fault_result(armed, read(fd, buffer, length)));
}

outcome request_pread(struct context *context, struct payload *payload, struct answer *answer)
{
    int fd = take_s32(payload);
    int64_t offset = take_s64(payload);
    uint8_t place = take_u8(payload);
    uint32_t length = take_u32(payload);
    if (!payload_ends(payload) || place > PLACE_HOLE)
        return bad_form(context);
    uint8_t *buffer = buffer_to_read(context, place, length, answer);
    if (buffer == NULL)
        return too_long(context);
    if (!files_has(fd))
        return answered(answer, -EBADF);
    int armed = fault_arm();
    return answer_read(answer, place, buffer, fault_result(armed, pread(fd, buffer, length, offset)));
}

// What a request writes: its place, then the bytes or, for a hole, how many. False if the payload is something else.
static bool take_written(struct context *context, struct payload *payload, const uint8_t **buffer, size_t *length)
{
    uint8_t place = take_u8(payload);
    if (place == PLACE_HOLE) {
        *buffer = guard_hole(&context->guard);
        *length = take_u32(payload);
        return payload_ends(payload);
    }
    if (place != PLACE_BUFFER || payload->short_of)
        return false;
    *length = payload->left;
    *buffer = guard_buffer(&context->guard, *length);
    memcpy((uint8_t *)*buffer, payload->at, *length);
    return true;
}

outcome request_write(struct context *context, struct payload *payload, struct answer *answer)
{
    const uint8_t *buffer;
    size_t length;
    int fd = take_s32(payload);
    if (!take_written(context, payload, &buffer, &length))
        return bad_form(context);
    if (!files_has(fd))
        return answered(answer, -EBADF);
    int armed = fault_arm();
    return answered(answer, fault_result(armed, write(fd, buffer, length)));
}

outcome request_pwrite(struct context *context, struct payload *payload, struct answer *answer)
{
    const uint8_t *buffer;
    size_t length;
    int fd = take_s32(payload);
    int64_t offset = take_s64(payload);
    if (!take_written(context, payload, &buffer, &length))
        return bad_form(context);
    if (!files_has(fd))
        return answered(answer, -EBADF);
    int armed = fault_arm();
    return answered(answer, fault_result(armed, pwrite(fd, buffer, length, offset)));
}

outcome request_lseek(struct context *context, struct payload *payload, struct answer *answer)
{
    int fd = take_s32(payload);
    int64_t offset = take_s64(payload);
    uint8_t whence = take_u8(payload);
    if (!payload_ends(payload))
        return bad_form(context);
    if (!files_has(fd))
        return answered(answer, -EBADF);
    off_t result = lseek(fd, offset, whence);
    return answered(answer, result < 0 ? -errno : result);
}

outcome request_mmap(struct context *context, struct payload *payload, struct answer *answer)
{
    int fd = take_s32(payload);
    uint64_t length = take_u64(payload);
    if (!payload_ends(payload))
        return bad_form(context);
    if (!files_has(fd))
        return answered(answer, -EBADF);
    if (length > SIZE_MAX)
        return answered(answer, -ENOMEM);
    void *start = mmap(NULL, (size_t)length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (start == MAP_FAILED)
        return answered(answer, -errno);
    munmap(start, (size_t)length);
    return answered(answer, 0);
}

outcome request_ioctl(struct context *context, struct payload *payload, struct answer *answer)
{
    int fd = take_s32(payload);
    uint32_t request = take_u32(payload);
    uint8_t place = take_u8(payload);
    uint64_t value = place == PLACE_VALUE ? take_u64(payload) : 0;
    if (payload->short_of || place > PLACE_VALUE || (place != PLACE_BUFFER && payload->left != 0))
        return bad_form(context);
    size_t length = payload->left;
    if (length > answer_room(answer))
        return too_long(context);

    uint8_t *buffer = guard_buffer(&context->guard, length);
    memcpy(buffer, payload->at, length);
    uintptr_t argument = (uintptr_t)value;
    if (place == PLACE_BUFFER)
        argument = (uintptr_t)buffer;
    else if (place == PLACE_HOLE)
        argument = (uintptr_t)guard_hole(&context->guard);

    int64_t result = -EBADF;
    if (files_has(fd)) {
        // Not ioctl(3), which cuts the result to an int.
        int armed = fault_arm();
        result = fault_result(armed, syscall(SYS_ioctl, fd, request, argument));
    }
    if (request == GROUP_GET_DEVICE_FD && result >= 0)
        result = files_add((int)result, FILE_OPENED);
    answer_bytes(answer, buffer, length);
    return answered(answer, result);
}
