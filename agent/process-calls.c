// SPDX-License-Identifier: Apache-2.0
// Requests on the process itself: who it is, and what it may.
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "fault.h"
#include "identity.h"
#include "request.h"

#define LIMIT_MEMLOCK 1u
#define AS_IT_WAS UINT64_MAX

uint16_t this_process;

static bool is_big_endian(void)
{
    const uint16_t one = 1;
    return *(const uint8_t *)&one == 0;
}

outcome request_hello(struct context *context, struct payload *payload, struct answer *answer)
{
    uint8_t lowest = take_u8(payload), highest = take_u8(payload);
    if (!payload_ends(payload))
        return bad_form(context);

    // With the refusal too: it is what an error about versions wants to name.
    struct utsname name;
    uname(&name);
    const char *const texts[] = {AGENT_VERSION, name.sysname, name.release, name.version, name.machine};
    answer_u32(answer, PAYLOAD_LIMIT);
    answer_u32(answer, (uint32_t)getpid());
    answer_u8(answer, 8 * sizeof(void *));
    answer_u8(answer, is_big_endian());
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        answer_bytes(answer, texts[i], strlen(texts[i]) + 1);

    bool common = lowest <= PROTOCOL_VERSION && PROTOCOL_VERSION <= highest;
    return answered(answer, common ? PROTOCOL_VERSION : -EPROTONOSUPPORT);
}

// Root's locked memory is not limited while this capability is effective. It stays permitted, to be taken back.
static int64_t set_lock_capability(bool effective)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, sets) != 0)
        return -errno;
    uint32_t bit = CAP_TO_MASK(CAP_IPC_LOCK);
    struct __user_cap_data_struct *set = &sets[CAP_TO_INDEX(CAP_IPC_LOCK)];
    set->effective = effective ? set->effective | (set->permitted & bit) : set->effective & ~bit;
    return syscall(SYS_capset, &header, sets) == 0 ? 0 : -errno;
}

static int64_t limit_locked_memory(uint64_t bytes)
{
    static struct rlimit before;
    static bool changed;
    struct rlimit limit;
    if (!changed) {
        if (getrlimit(RLIMIT_MEMLOCK, &before) != 0)
            return -errno;
        changed = true;
    }
    limit = before;
    if (bytes != AS_IT_WAS) {
        limit.rlim_cur = bytes;
        if (limit.rlim_cur > limit.rlim_max)
            limit.rlim_max = limit.rlim_cur;
    }
    int64_t result = set_lock_capability(bytes == AS_IT_WAS);
    if (result == 0 && setrlimit(RLIMIT_MEMLOCK, &limit) != 0)
        result = -errno;
    return result;
}

outcome request_limit(struct context *context, struct payload *payload, struct answer *answer)
{
    uint8_t which = take_u8(payload);
    uint64_t bytes = take_u64(payload);
    if (!payload_ends(payload) || which != LIMIT_MEMLOCK)
        return bad_form(context);
    // The agent itself must come out of every case as it went in.
    if (this_process == 0)
        return answered(answer, -EPERM);
    return answered(answer, limit_locked_memory(bytes));
}

outcome request_fail(struct context *context, struct payload *payload, struct answer *answer)
{
    uint32_t ordinal = take_u32(payload);
    if (!payload_ends(payload))
        return bad_form(context);
    return answered(answer, fault_plan(ordinal));
}
