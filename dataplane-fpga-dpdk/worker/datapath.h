// The datapath threads: who runs them and how a face becomes theirs. Control thread only, except
// thread_round, which is one turn of a thread's loop.
#pragma once

#include "runtime.h"

// Makes the queues between threads and, from `cpus` on, as many threads as asked for, each on its CPU.
// They begin with an empty face. 0 or -errno.
int runtime_start(unsigned threads);
int datapath_start(const unsigned *cpus);
void datapath_stop(void);
void runtime_stop(void);

struct thread *datapath_thread(unsigned id);
// True if anything was done.
bool thread_round(struct thread *t);

// Makes `next` current and waits until no thread is in the one before, which is returned.
struct face *face_switch(struct face *next);
// Threads that sleep look again.
void datapath_kick(void);

// Work of the control thread's loop: punted packets, due timers, grace periods that ended. True if
// there was any.
bool punt_drain(void);
bool timers_run(void);
uint64_t timers_next(void); // milliseconds from now, UINT64_MAX: none
void rcu_reclaim(bool wait);

// Before it blocks: false if a packet is waiting. The descriptor becomes readable for a punt.
bool control_sleep(void);
void control_awake(void);
int control_fd(void);

extern int log_level;
