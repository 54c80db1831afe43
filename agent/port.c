// SPDX-License-Identifier: Apache-2.0
// A virtio-serial port: the stream as it is.
#include <fcntl.h>
#include <poll.h>

#include "transport.h"

static void serve_port(int port)
{
    // While nobody has opened the other side, the port says that it is hung up, and a read gives the end of the file.
    struct pollfd file = {.fd = port, .events = POLLIN};
    while (poll(&file, 1, -1) == 1 && (file.revents & POLLIN) == 0)
        transport_pause(5);
    transport_serve(port, port, true);
}

int transport_port(const char *device)
{
    return transport_repeat(device, O_RDWR | O_NONBLOCK, serve_port);
}
