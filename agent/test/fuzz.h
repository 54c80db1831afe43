// SPDX-License-Identifier: Apache-2.0
// What the parts of the fuzzer share: the generator, and how a finding is told.
#ifndef CCWSPEC_FUZZ_H
#define CCWSPEC_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint32_t any(void);
uint32_t below(uint32_t limit);
bool one_in(uint32_t times);
void fill_random(uint8_t *bytes, size_t length);

// Ends the run with the words unless the condition holds.
void require(bool condition, const char *what);

void fuzz_parser(void);
void fuzz_requests_begin(void);
void fuzz_request(void);
void fuzz_path(void);

#endif
