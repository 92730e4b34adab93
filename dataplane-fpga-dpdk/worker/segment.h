// The counter segment of this worker: makes it, and says whose a slot's counters are.
#pragma once

#include <stdint.h>

#include "counters.h"
#include "face.h"

// Blocks for the datapath threads and, last, the control thread. 0 or -errno.
int segment_start(unsigned threads, uint64_t instance);
void segment_stop(void);
int segment_fd(void);
struct counter_block *segment_block(unsigned thread);

// A face has become current and the one before it has no reader any more: keys follow, and counters of
// slots that nobody has any more start over.
void segment_follow(const struct face *before, const struct face *now);
