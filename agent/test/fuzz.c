// SPDX-License-Identifier: Apache-2.0
// Fuzzes the frame parser and the carrying out of requests, with a generator of its own: the same seed gives the same run.
//
//   fuzz SEED RUNS
//
// Runs alternate between two things. The parser gets a stream of good, damaged and random frames twice, in one piece and in
// random pieces, and must see the same in both. Requests get payloads that are good, damaged or random; what they answer
// must have the form of an answer. Memory errors are the sanitizers' business.
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t state;

// xorshift64*: small, and the same everywhere.
uint32_t any(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * UINT64_C(2685821657736338717)) >> 32);
}

uint32_t below(uint32_t limit)
{
    return limit == 0 ? 0 : any() % limit;
}

bool one_in(uint32_t times)
{
    return below(times) == 0;
}

void fill_random(uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)any();
}

static unsigned long run;

void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "run %lu: %s\n", run, what);
        abort();
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: fuzz SEED RUNS\n");
        return 64;
    }
    state = strtoull(argv[1], NULL, 0) * 2 + 1;
    unsigned long runs = strtoul(argv[2], NULL, 0);
    fuzz_requests_begin();
    for (run = 0; run < runs; run++) {
        if (run % 16 == 0)
            fuzz_parser();
        else if (run % 16 == 1)
            fuzz_path();
        else
            fuzz_request();
    }
    printf("%lu runs\n", runs);
    return 0;
}
