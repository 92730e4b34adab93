#include "transaction.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "datapath.h"
#include "draft.h"
#include "feature.h"
#include "port.h"
#include "segment.h"

#define STALL_SECONDS 30

static enum { NONE, OPEN, PREPARED } state;
static const void *owner;
static struct draft draft;
static struct port_plan plan;
static struct face *next;
static uint64_t names = 1;

static bool faults_allowed;
static struct {
	uint8_t object;
	uint32_t count;
} faults[RING_FAULT_STEP_STALL_IN_APPLY + 1];

// --- injected faults -----------------------------------------------------------------------------

int fault_set(const struct ring_fault_set *m, struct failure *f) {
	if (!faults_allowed)
		return fail(f, RING_ERROR_DENIED, RING_OBJECT_NONE, 0,
			    "the worker was not started with --faults");
	faults[m->step].object = m->object;
	faults[m->step].count = m->count;
	log_warning("faults: %s, %u times", ring_fault_step_name(m->step), m->count);
	return 0;
}

// Takes one of the faults that wait at a step, if this transaction touches what they are about.
static bool fault(enum ring_fault_step step) {
	uint8_t object = faults[step].object;

	if (faults[step].count == 0 || (object != 0 && (draft.touched >> object & 1) == 0))
		return false;
	faults[step].count--;
	return true;
}

static int fault_failure(enum ring_fault_step step, struct failure *f) {
	return fail(f, RING_ERROR_FAULT, faults[step].object, 0, "injected fault %s",
		    ring_fault_step_name(step));
}

static int faults_in_apply(struct failure *f) {
	if (fault(RING_FAULT_STEP_CRASH_IN_APPLY)) {
		log_warning("faults: dying in apply");
		kill(getpid(), SIGKILL);
	}
	if (fault(RING_FAULT_STEP_STALL_IN_APPLY)) {
		struct timespec left = {.tv_sec = STALL_SECONDS};

		log_warning("faults: stalling in apply for %d s", STALL_SECONDS);
		while (nanosleep(&left, &left) < 0 && errno == EINTR)
			;
	}
	if (fault(RING_FAULT_STEP_IN_APPLY))
		return fault_failure(RING_FAULT_STEP_IN_APPLY, f);
	return 0;
}

// --- begin to prepare ----------------------------------------------------------------------------

static void close_transaction(void) {
	for (unsigned i = 0; i < feature_count; i++)
		draft.module[i] = NULL;
	config_clear(&draft.next);
	next = NULL;
	owner = NULL;
	state = NONE;
	log_transaction = 0;
}

static void abort_transaction(void) {
	for (unsigned i = 0; i < feature_count; i++)
		if (features[i]->abort != NULL)
			features[i]->abort(&draft, i);
	face_free(next);
	ports_release(&plan);
	close_transaction();
}

int transaction_begin(
	const void *client, bool replace, uint64_t generation, uint64_t name, struct failure *f
) {
	if (state != NONE && owner != client)
		return fail(f, RING_ERROR_IN_TRANSACTION, RING_OBJECT_NONE, 0,
			    "another client's transaction is open");
	if (state != NONE)
		abort_transaction();
	if (draft_init(&draft, &face_current()->config, replace) < 0)
		return fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_NONE, 0, "out of memory");
	draft.generation = generation;
	state = OPEN;
	owner = client;
	log_transaction = name;
	for (unsigned i = 0; i < feature_count; i++)
		if (features[i]->begin != NULL && features[i]->begin(&draft, i, f) < 0) {
			abort_transaction();
			return -1;
		}
	return 0;
}

static bool wants(const struct feature *feature, uint16_t type) {
	for (const uint16_t *m = feature->messages; m != NULL && *m != 0; m++)
		if (*m == type)
			return true;
	return false;
}

int transaction_message(const void *client, const struct ring_header *message, struct failure *f) {
	bool known = false;

	if (state != OPEN || owner != client)
		return fail(f, RING_ERROR_NO_TRANSACTION, RING_OBJECT_NONE, 0,
			    "%s outside a transaction", ring_message_name(message->type));
	for (unsigned i = 0; i < feature_count; i++) {
		if (!wants(features[i], message->type))
			continue;
		known = true;
		if (features[i]->message(&draft, i, message, f) < 0)
			return -1;
	}
	if (message->type == RING_ROUTE_SET || message->type == RING_ROUTE_DELETE) {
		draft.touched |= 1u << RING_OBJECT_ROUTE;
		return known ? 0
			     : fail(f, RING_ERROR_NOT_SUPPORTED, RING_OBJECT_ROUTE, 0,
				    "this worker is built without routes");
	}
	return draft_message(&draft, message, f);
}

static int build(struct failure *f) {
	if (draft_check(&draft, f) < 0)
		return -1;
	for (unsigned i = 0; i < feature_count; i++)
		if (features[i]->check != NULL && features[i]->check(&draft, i, f) < 0)
			return -1;
	if (fault(RING_FAULT_STEP_IN_PREPARE))
		return fault_failure(RING_FAULT_STEP_IN_PREPARE, f);
	if (ports_prepare(&plan, draft.running, &draft.next, f) < 0)
		return -1;
	next = face_build(&draft.next, &plan, draft.generation, f);
	if (next == NULL)
		return -1;
	for (unsigned i = 0; i < feature_count; i++)
		if (features[i]->build != NULL && features[i]->build(&draft, i, next, f) < 0)
			return -1;
	return 0;
}

int transaction_prepare(const void *client, uint64_t generation, struct failure *f) {
	if (state != OPEN || owner != client)
		return fail(f, RING_ERROR_NO_TRANSACTION, RING_OBJECT_NONE, 0,
			    "prepare without begin");
	if (generation != 0)
		draft.generation = generation;
	config_unify(&draft.next, draft.running);
	if (build(f) < 0) {
		abort_transaction();
		return -1;
	}
	state = PREPARED;
	return 0;
}

// --- commit --------------------------------------------------------------------------------------

static bool polled_by(const struct face *face, unsigned thread, uint16_t slot, uint16_t queue) {
	const struct face_poll *poll = &face->poll[thread];

	for (uint16_t i = 0; i < poll->count; i++)
		if (poll->queues[i].port == slot && poll->queues[i].queue == queue)
			return true;
	return false;
}

// True if a queue of the port goes from one thread to another: the two must not meet.
static bool reassigned(const struct face *a, const struct face *b, uint16_t slot) {
	if (!a->ports[slot].up || !b->ports[slot].up)
		return false;
	if (a->ports[slot].tx_thread != b->ports[slot].tx_thread)
		return true;
	for (unsigned t = 0; t < thread_count(); t++)
		for (uint16_t q = 0; q < PORT_QUEUES; q++)
			if (polled_by(a, t, slot, q) != polled_by(b, t, slot, q))
				return true;
	return false;
}

// One pointer, with the gates of ports that change threads closed meanwhile.
static void flip(struct face *to) {
	const struct face *from = face_current();
	uint64_t closed = 0;

	for (unsigned s = 1; s < MAX_PORT_SLOTS && thread_count() > 1; s++)
		if (port_live(s) != NULL && port_live(s)->started && reassigned(from, to, s)) {
			port_gate(s, false);
			closed |= UINT64_C(1) << s;
		}
	face_switch(to);
	for (unsigned s = 1; s < MAX_PORT_SLOTS; s++)
		if ((closed >> s & 1) != 0)
			port_gate(s, true);
}

static void flip_features(const struct face *before, const struct face *now) {
	for (unsigned i = 0; i < feature_count; i++)
		if (features[i]->flip != NULL)
			features[i]->flip(&draft, i, before, now);
}

static int roll_back(struct failure *f) {
	if (ports_undo(&plan) < 0) {
		f->error = RING_ERROR_NOT_RESTORED;
		strncat(f->text, "; a port could not be brought back, see the log",
			sizeof(f->text) - strlen(f->text) - 1);
	}
	log_warning("commit of generation %lu failed, back to %lu: %s",
		    (unsigned long)draft.generation, (unsigned long)face_current()->generation,
		    f->text);
	abort_transaction();
	return -1;
}

int transaction_commit(const void *client, uint64_t generation, struct failure *f) {
	struct face *before = (struct face *)face_current();
	bool renamed;

	if (state != PREPARED || owner != client)
		return fail(f, RING_ERROR_NO_TRANSACTION, RING_OBJECT_NONE, 0,
			    "commit without prepare");
	if (generation != 0)
		next->generation = generation;
	if (ports_apply(&plan, f) < 0 || faults_in_apply(f) < 0)
		return roll_back(f);
	renamed = !config_same_names(draft.running, &draft.next);
	face_refresh(next);
	flip(next);
	flip_features(before, next);
	if (fault(RING_FAULT_STEP_IN_FLIP)) {
		fault_failure(RING_FAULT_STEP_IN_FLIP, f);
		flip(before);
		flip_features(next, before);
		return roll_back(f);
	}
	names += renamed;
	segment_follow(before, next);
	ports_finish(&plan);
	for (unsigned i = 0; i < feature_count; i++)
		if (features[i]->finish != NULL)
			features[i]->finish(&draft, i);
	face_free(before);
	ports_link_poll(0);
	log_debug("generation %lu runs", (unsigned long)face_current()->generation);
	close_transaction();
	return 0;
}

void transaction_abort(const void *client) {
	if (state != NONE && owner == client)
		abort_transaction();
}

uint64_t transaction_names(void) {
	return names;
}

bool transaction_open(void) {
	return state != NONE;
}

// --- start and stop ------------------------------------------------------------------------------

int transaction_start(bool allow_faults) {
	static const struct config empty;
	struct failure f = {0};
	struct face *face;

	faults_allowed = allow_faults;
	for (unsigned i = 0; i < feature_count; i++) {
		int error = features[i]->start != NULL ? features[i]->start() : 0;

		if (error < 0) {
			log_error("module %s: %s", features[i]->name, strerror(-error));
			return error;
		}
	}
	plan.count = 0;
	face = face_build(&empty, &plan, 0, &f);
	if (face == NULL)
		return -ENOMEM;
	face_switch(face);
	return 0;
}

void transaction_stop(void) {
	if (state != NONE)
		abort_transaction();
	rcu_reclaim(true); // what is deferred may belong to a module
	ports_close();
	for (unsigned i = feature_count; i-- > 0;)
		if (features[i]->stop != NULL)
			features[i]->stop();
	face_free((struct face *)face_current());
	face_switch(NULL);
	memset(faults, 0, sizeof(faults));
}
