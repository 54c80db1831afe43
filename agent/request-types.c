// SPDX-License-Identifier: Apache-2.0
// The table of requests, as protocol.md has it.
#include "request.h"

#define ANYWHERE .apart = true, .batched = true
#define ALONE .apart = false, .batched = false
#define IN_ORDER .apart = false, .batched = true

static const struct request_type TYPES[0x80] = {
    [REQUEST_HELLO] = {"hello", request_hello, ALONE},
    [REQUEST_RELEASE] = {"release", NULL, ALONE},
    [0x10] = {"open", request_open, ANYWHERE},
    [0x11] = {"close", request_close, ANYWHERE},
    [0x12] = {"read", request_read, ANYWHERE},
    [0x13] = {"write", request_write, ANYWHERE},
    [0x14] = {"pread", request_pread, ANYWHERE},
    [0x15] = {"pwrite", request_pwrite, ANYWHERE},
    [0x16] = {"preadv", request_preadv, ANYWHERE},
    [0x17] = {"pwritev", request_pwritev, ANYWHERE},
    [0x18] = {"lseek", request_lseek, ANYWHERE},
    [0x19] = {"mmap", request_mmap, ANYWHERE},
    [0x1A] = {"ioctl", request_ioctl, ANYWHERE},
    [0x20] = {"eventfd", request_eventfd, IN_ORDER},
    [REQUEST_WAIT] = {"wait", request_wait, IN_ORDER},
    [0x22] = {"signal", request_signal, IN_ORDER},
    [0x30] = {"map", request_map, ANYWHERE},
    [0x31] = {"unmap", request_unmap, ANYWHERE},
    [0x32] = {"peek", request_peek, ANYWHERE},
    [0x33] = {"poke", request_poke, ANYWHERE},
    [0x34] = {"fill", request_fill, ANYWHERE},
    [0x35] = {"alternate", request_alternate, ANYWHERE},
    [0x40] = {"get attribute", request_get_attribute, ANYWHERE},
    [0x41] = {"put attribute", request_put_attribute, ANYWHERE},
    [0x42] = {"list", request_list, ANYWHERE},
    [0x43] = {"link", request_link, ANYWHERE},
    [0x50] = {"kernel log", request_kernel_log, IN_ORDER},
    [REQUEST_FORK] = {"fork", NULL, ALONE},
    [REQUEST_EXIT] = {"exit", NULL, ALONE},
    [0x62] = {"limit", request_limit, IN_ORDER},
    [0x63] = {"fail", request_fail, IN_ORDER},
    [REQUEST_BATCH] = {"batch", NULL, .apart = true, .batched = false},
    [REQUEST_USE] = {"use", NULL, IN_ORDER},
};

static const struct request_type NO_TYPE = {0};

const struct request_type *request_type(uint8_t kind)
{
    return kind < sizeof TYPES / sizeof *TYPES ? &TYPES[kind] : &NO_TYPE;
}
