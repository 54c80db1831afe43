// SPDX-License-Identifier: Apache-2.0
// How much of everything the agent holds at most. What goes beyond is refused with an error of the protocol.
#ifndef CCWSPEC_BOUNDS_H
#define CCWSPEC_BOUNDS_H

#define AGENT_VERSION "0.1.0"
#define PROTOCOL_VERSION 1

#define PAYLOAD_LIMIT (1024u * 1024u)
#define FRAME_HEADER 16u
#define FRAME_LIMIT (FRAME_HEADER + PAYLOAD_LIMIT)

#define MAX_APART 16u       // requests that run on threads of their own, at a time
#define MAX_WAITS 64u       // waits that are pending, at a time
#define MAX_WAIT_FILES 256u // files of one wait
#define MAX_BATCHES 16u     // batches of which a wait is pending, at a time
#define MAX_USED 64u        // requests of a batch, the first ones, whose results later ones can use
#define MAX_PROCESSES 64u   // forked processes, at a time
#define MAX_UNANSWERED 256u // requests that a forked process has not answered yet
#define MAX_FILES 4096u     // file descriptors above this are not handed out
#define MAX_REGIONS 1024u   // stretches of memory of `map` that do not touch

#define ALTERNATE_MS 5000u    // the longest time in which memory changes to and fro; less than `release` waits
#define BATCH_WAIT_MS 10000u  // the longest wait in a batch
#define RELEASE_WAIT_MS 10000 // how long `release` waits for what still sleeps in the kernel

#endif
