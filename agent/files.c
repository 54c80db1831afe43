// SPDX-License-Identifier: Apache-2.0
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#include "bounds.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t types[MAX_FILES];
static int highest = -1;

void files_lock(void)
{
    pthread_mutex_lock(&lock);
}

void files_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

int files_add(int fd, enum file_type type)
{
    if ((unsigned)fd >= MAX_FILES) {
        close(fd);
        return -EMFILE;
    }
    files_lock();
    types[fd] = (uint8_t)type;
    if (fd > highest)
        highest = fd;
    files_unlock();
    return fd;
}

void files_remove(int fd)
{
    files_lock();
    types[fd] = FILE_NONE;
    files_unlock();
}

enum file_type files_type(int fd)
{
    if ((unsigned)fd >= MAX_FILES)
        return FILE_NONE;
    files_lock();
    enum file_type type = types[fd];
    files_unlock();
    return type;
}

bool files_has(int fd)
{
    enum file_type type = files_type(fd);
    return type == FILE_OPENED || type == FILE_EVENT;
}

void files_close(int fd)
{
    files_remove(fd);
    close(fd);
}

static void close_those(bool private)
{
    for (int fd = highest; fd >= 0; fd--) {
        enum file_type type = files_type(fd);
        if (type != FILE_NONE && (type == FILE_PRIVATE) == private)
            files_close(fd);
    }
}

void files_close_all(void)
{
    close_those(false);
}

void files_close_private(void)
{
    close_those(true);
    // The numbers of the standard files stay taken: nothing that a request opens should be mistaken for one.
    int fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO)
        fd = dup(fd);
    if (fd > STDERR_FILENO)
        close(fd);
}
