// SPDX-License-Identifier: Apache-2.0
// The kernel log, record by record.
#ifndef CCWSPEC_KERNEL_LOG_H
#define CCWSPEC_KERNEL_LOG_H

// Forgets the open log, in a forked process: the file is closed with the other private ones, since its position is
// shared.
void kernel_log_forget(void);

#endif
