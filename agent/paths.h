// SPDX-License-Identifier: Apache-2.0
// Which files a request may name. Pure.
#ifndef CCWSPEC_PATHS_H
#define CCWSPEC_PATHS_H

#include <stdbool.h>

// A file that `get attribute`, `put attribute` and `link` take.
bool path_is_attribute(const char *path);

// A folder that `list` takes.
bool path_is_listed(const char *path);

// A device that `open` takes with any access mode.
bool path_is_device(const char *path);

#endif
