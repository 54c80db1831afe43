// SPDX-License-Identifier: Apache-2.0
// Which file descriptors are whose. A request may name only those that requests opened: the agent's own connection is
// out of its reach.
#ifndef CCWSPEC_FILES_H
#define CCWSPEC_FILES_H

#include <stdbool.h>

enum file_type {
    FILE_NONE,
    FILE_OPENED,
    FILE_EVENT,   // an eventfd that a request made
    FILE_PRIVATE, // one of the agent's own, which a forked process closes
};

// Takes note of a file that was opened just now. Closes it and returns -EMFILE where its number is too large.
int files_add(int fd, enum file_type type);
void files_remove(int fd);
enum file_type files_type(int fd);

// Whether a request may name the file.
bool files_has(int fd);

// Closes everything that requests opened.
void files_close_all(void);
// Closes the agent's own files: in a forked process, which has a connection of its own.
void files_close_private(void);
// Closes one of the agent's own.
void files_close(int fd);

// Between these two no other thread is in the midst of a change: around fork.
void files_lock(void);
void files_unlock(void);

#endif
