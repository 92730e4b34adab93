// Transactions: from a draft to a face that forwards, or back as if nothing had been.
//
//     (none) --begin--> open --set, delete--> open --prepare--> prepared --commit--> (none)
//
// A prepare that fails closes the transaction, and so does every end of a commit; abort closes it at
// any time. One is open at a time, and it belongs to the client that began it.
#pragma once

#include "config.h"
#include "ring/messages.h"

int transaction_start(bool faults); // the empty face, features
void transaction_stop(void);

// `name`: in front of the log lines until it ends, 0 for none.
int transaction_begin(
	const void *client, bool replace, uint64_t generation, uint64_t name, struct failure *f
);
int transaction_message(const void *client, const struct ring_header *message, struct failure *f);
int transaction_prepare(const void *client, uint64_t generation, struct failure *f);
int transaction_commit(const void *client, uint64_t generation, struct failure *f);
// Nothing if the client has none.
void transaction_abort(const void *client);

bool transaction_open(void);
// Grows with each commit after which a number of an instance or interface is not what it was.
uint64_t transaction_names(void);

int fault_set(const struct ring_fault_set *m, struct failure *f);
