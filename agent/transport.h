// SPDX-License-Identifier: Apache-2.0
// Ways to the agent. Each returns the exit code of the process.
#ifndef CCWSPEC_TRANSPORT_H
#define CCWSPEC_TRANSPORT_H

#include <stdbool.h>

// Serves one connection on two files, or one twice, and releases everything at its end. `blocks`: the other side always
// reads, so that a write may sleep; then a read does, too, which costs less than polling before it.
void transport_serve(int in, int out, bool blocks);

// Standard input and output.
int transport_stream(void);
// A virtio-serial port: the same stream, one connection after the other.
int transport_port(const char *device);
// A full-screen 3270: records that carry pieces of the stream.
int transport_tub(const char *device);

// Serves one connection to a device in a process of its own, after the other. `serve` gets the opened device.
int transport_repeat(const char *device, int flags, void (*serve)(int device));
void transport_pause(long milliseconds);

#endif
