// SPDX-License-Identifier: Apache-2.0
// Which process of the agent this is.
#ifndef CCWSPEC_IDENTITY_H
#define CCWSPEC_IDENTITY_H

#include <stdint.h>

// 0: the agent itself. Others are what `fork` gave.
extern uint16_t this_process;

#endif
