// SPDX-License-Identifier: Apache-2.0
#include "paths.h"

#include <stddef.h>
#include <string.h>

// Each stands for the file of that name and for everything below it.
static const char *const ATTRIBUTES[] = {
    "/sys/bus/css",
    "/sys/bus/ccw",
    "/sys/bus/ccwgroup",
    "/sys/bus/mdev",
    "/sys/class/mdev_bus",
    "/sys/class/vfio",
    "/sys/class/vfio-dev",
    "/sys/kernel/iommu_groups",
    "/sys/kernel/debug/s390",
    "/sys/kernel/debug/s390dbf",
    "/sys/kernel/debug/gcov",
    "/sys/kernel/debug/failslab",
    "/sys/kernel/debug/kmemleak",
    "/sys/kernel/tracing",
    "/sys/kernel/debug/tracing",
    "/sys/module/vfio_ccw",
    "/sys/module/vfio",
    "/sys/module/mdev",
    "/sys/module/vfio_iommu_type1",
    "/sys/firmware",
    "/proc/cio_ignore",
    "/proc/cio_settle",
    "/proc/cmdline",
    "/proc/config.gz",
    "/proc/mounts",
    "/proc/swaps",
    "/proc/self",
    "/proc/version",
    "/proc/kallsyms",
    "/proc/meminfo",
    "/proc/uptime",
    "/proc/sys/kernel/tainted",
};

// Links below /proc/self that lead anywhere in the file system, or to the agent's own memory and files.
static const char *const NOT_ATTRIBUTES[] = {
    "/proc/self/root", "/proc/self/cwd", "/proc/self/exe",  "/proc/self/fd",
    "/proc/self/task", "/proc/self/mem", "/proc/self/map_files",
};

// Their names are listed; what they are is for `open`.
static const char *const DEVICE_FOLDERS[] = {"/dev/vfio", "/dev/vfio/devices"};

// /dev/null stands for a file of another kind.
static const char *const DEVICES[] = {"/dev/iommu", "/dev/vfio", "/dev/null"};

static const char CSS_FOLDER[] = "/sys/devices/css";

static bool is_at_or_below(const char *path, const char *top)
{
    size_t length = strlen(top);
    return strncmp(path, top, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static bool is_below_any(const char *path, const char *const *tops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_at_or_below(path, tops[i]))
            return true;
    }
    return false;
}

// /sys/devices/css0 and its neighbours: the kernel writes their number in hexadecimal.
static bool is_below_css(const char *path)
{
    if (strncmp(path, CSS_FOLDER, strlen(CSS_FOLDER)) != 0)
        return false;
    const char *number = path + strlen(CSS_FOLDER);
    size_t digits = strspn(number, "0123456789abcdef");
    return digits != 0 && (number[digits] == '\0' || number[digits] == '/');
}

// "." would let a name of NOT_ATTRIBUTES be written in other ways; so would a doubled slash.
static bool is_plain(const char *path)
{
    for (const char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/')) {
        size_t length = strcspn(at + 1, "/");
        bool last = at[1 + length] == '\0';
        if (length == 0 && !last)
            return false;
        if ((length == 1 && at[1] == '.') || (length == 2 && at[1] == '.' && at[2] == '.'))
            return false;
    }
    return true;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

bool path_is_attribute(const char *path)
{
    return is_plain(path) && (is_below_any(path, ATTRIBUTES, COUNT(ATTRIBUTES)) || is_below_css(path)) &&
           !is_below_any(path, NOT_ATTRIBUTES, COUNT(NOT_ATTRIBUTES));
}

bool path_is_listed(const char *path)
{
    for (size_t i = 0; i < COUNT(DEVICE_FOLDERS); i++) {
        if (strcmp(path, DEVICE_FOLDERS[i]) == 0)
            return true;
    }
    return path_is_attribute(path);
}

bool path_is_device(const char *path)
{
    return is_plain(path) && is_below_any(path, DEVICES, COUNT(DEVICES));
}
