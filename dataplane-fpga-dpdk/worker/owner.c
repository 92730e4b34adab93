#include "owner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "feature.h"
#include "runtime.h"

static struct owner owners[MAX_OWNERS];

// --- the tables that have owners -----------------------------------------------------------------

static const struct volatile_objects *objects(void) {
	for (unsigned i = 0; i < feature_count; i++)
		if (features[i]->objects != NULL)
			return features[i]->objects;
	return NULL;
}

bool volatile_takes(uint16_t type) {
	const struct volatile_objects *o = objects();

	for (const uint16_t *m = o != NULL ? o->messages : NULL; m != NULL && *m != 0; m++)
		if (*m == type)
			return true;
	return false;
}

static void run_alone(uint32_t owner, const struct ring_header *message, struct failure *f) {
	const struct volatile_objects *o = objects();

	if (o->begin(f) < 0)
		return;
	if (o->message(owner, message, f) < 0)
		o->abort();
	else
		o->publish(f);
}

void volatile_run(
	uint32_t owner, const struct ring_header *const *messages, unsigned n, struct failure *results
) {
	const struct volatile_objects *o = objects();
	struct failure together = {0};

	memset(results, 0, n * sizeof(*results));
	if (o->begin(&together) == 0) {
		for (unsigned i = 0; i < n; i++)
			o->message(owner, messages[i], &results[i]);
		if (o->publish(&together) == 0)
			return;
	}
	for (unsigned i = 0; i < n; i++)
		if (results[i].error == RING_ERROR_OK)
			run_alone(owner, messages[i], &results[i]);
}

int volatile_sweep(struct rib_sweep *sweep) {
	return objects()->sweep(sweep, SWEEP_QUANTUM);
}

uint64_t volatile_mark(void) {
	return objects()->mark();
}

// --- owners --------------------------------------------------------------------------------------

struct owner *owner_at(unsigned index) {
	return index < MAX_OWNERS && owners[index].number != 0 ? &owners[index] : NULL;
}

uint64_t owner_objects(uint32_t number) {
	const struct volatile_objects *o = objects();

	return o != NULL ? o->count(number) : 0;
}

bool owner_is_stale(uint32_t number, uint64_t named) {
	const struct owner *o = number >= OWNER_FIRST ? owner_at(number - OWNER_FIRST) : NULL;

	return o != NULL && (o->holder == NULL || named <= o->sweep.mark);
}

static struct owner *by_name(const char *name) {
	for (unsigned i = 0; i < MAX_OWNERS; i++)
		if (owners[i].number != 0 && strcmp(owners[i].name, name) == 0)
			return &owners[i];
	return NULL;
}

struct owner *owner_by_token(const uint8_t *token) {
	for (unsigned i = 0; i < MAX_OWNERS; i++) {
		uint8_t differs = 0;

		// Takes as long for any wrong token.
		for (unsigned b = 0; b < sizeof(owners[i].token); b++)
			differs |= owners[i].token[b] ^ token[b];
		if (owners[i].granted && differs == 0)
			return &owners[i];
	}
	return NULL;
}

static bool is_zero(const uint8_t *token) {
	uint8_t any = 0;

	for (unsigned b = 0; b < 32; b++)
		any |= token[b];
	return any == 0;
}

static struct owner *owner_new(const char *name) {
	for (unsigned i = 0; i < MAX_OWNERS; i++) {
		struct owner *o = &owners[i];

		// One whose grant is gone may still have objects: they keep its number.
		if (o->number != 0
		    && (o->granted || o->holder != NULL || owner_objects(o->number) > 0))
			continue;
		*o = (struct owner){.number = OWNER_FIRST + i};
		snprintf(o->name, sizeof(o->name), "%s", name);
		return o;
	}
	return NULL;
}

struct owner *owner_grant(const struct ring_grant_set *m, void **former, struct failure *f) {
	uint32_t forbidden = 1u << RING_SCOPE_CONFIG | 1u << RING_SCOPE_GRANT;
	struct owner *o;

	*former = NULL;
	if (m->name[0] == 0 || is_zero(m->token)
	    || m->scopes >= 1u << (RING_SCOPE_STATE_READ + 1)) {
		fail(f, RING_ERROR_MALFORMED, RING_OBJECT_NONE, m->scopes,
		     "a grant needs a name, a token and scopes that there are");
		return NULL;
	}
	if ((m->scopes & forbidden) != 0) {
		fail(f, RING_ERROR_DENIED, RING_OBJECT_NONE, m->scopes & forbidden,
		     "config and grant are not for others");
		return NULL;
	}
	if (objects() == NULL) {
		fail(f, RING_ERROR_NOT_SUPPORTED, RING_OBJECT_NONE, 0,
		     "this worker is built without routes");
		return NULL;
	}
	o = by_name(m->name);
	if (o == NULL)
		o = owner_new(m->name);
	if (o == NULL) {
		fail(f, RING_ERROR_NO_RESOURCE, RING_OBJECT_NONE, 0, "there are %d owners already",
		     MAX_OWNERS);
		return NULL;
	}
	// The same token again only changes what it is good for.
	*former = o->granted && memcmp(o->token, m->token, sizeof(o->token)) == 0 ? NULL : o->holder;
	memcpy(o->token, m->token, sizeof(o->token));
	o->scopes = m->scopes;
	o->stale_seconds = m->stale_seconds;
	o->granted = true;
	log_info("owner %u is %s", o->number, o->name);
	return o;
}

int owner_revoke(const struct ring_grant_delete *m, void **former, struct failure *f) {
	struct owner *o = by_name(m->name);

	*former = NULL;
	if (o == NULL || !o->granted)
		return fail(f, RING_ERROR_UNKNOWN_OBJECT, RING_OBJECT_NONE, 0, "no grant for %s",
			    m->name);
	o->granted = false;
	memset(o->token, 0, sizeof(o->token));
	*former = o->holder;
	return 0;
}

// From now on everything of before is stale, for the owner's time.
static void stale_from_now(struct owner *o) {
	o->sweep = (struct rib_sweep){.owner = o->number, .mark = volatile_mark()};
	o->due = 0;
	if (o->stale_seconds != OWNER_FOR_EVER && owner_objects(o->number) > 0)
		o->due = now_millis() + (uint64_t)o->stale_seconds * 1000 + 1;
}

bool owner_attach(struct owner *o, void *holder) {
	o->holder = holder;
	stale_from_now(o);
	return owner_objects(o->number) > 0;
}

void owner_detach(struct owner *o) {
	o->holder = NULL;
	stale_from_now(o);
}

int owner_synced(struct owner *o) {
	return volatile_sweep(&o->sweep);
}

void owner_settled(struct owner *o) {
	o->due = 0;
	o->sweep = (struct rib_sweep){.owner = o->number};
}

bool owners_sweep(void) {
	uint64_t now = now_millis();

	for (unsigned i = 0; i < MAX_OWNERS; i++) {
		struct owner *o = owner_at(i);
		int result;

		if (o == NULL || o->due == 0 || o->due > now)
			continue;
		result = volatile_sweep(&o->sweep);
		if (result > 0)
			return true;
		if (result < 0) {
			log_warning("owner %s: cannot sweep, tried again: %s", o->name,
				    strerror(-result));
			o->due = now + 1000;
			return true;
		}
		log_info("owner %s: %lu objects swept that it did not come back for", o->name,
			 (unsigned long)o->sweep.removed);
		owner_settled(o);
		return true;
	}
	return false;
}

void owners_stop(void) {
	memset(owners, 0, sizeof(owners));
}
