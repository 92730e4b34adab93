#include "counter_segment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

#define PAGE 4096

static struct counter_segment_header *header(const struct counter_segment *s) {
	return (struct counter_segment_header *)s->map;
}

static struct counter_entry *entries(const struct counter_segment *s) {
	return (struct counter_entry *)(s->map + sizeof(struct counter_segment_header));
}

static size_t paged(size_t bytes) {
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

// Bytes of the names and keys of a kind.
static size_t extra(const struct counter_description *d) {
	size_t per_object = d->names != NULL ? COUNTER_NAME : sizeof(uint64_t);
	return d->count * per_object + d->fields * (size_t)COUNTER_NAME;
}

static void put_names(uint8_t *to, const char *const *names, uint32_t count) {
	for (uint32_t i = 0; i < count; i++)
		strncpy((char *)to + i * (size_t)COUNTER_NAME, names[i], COUNTER_NAME - 1);
}

static void describe(
	struct counter_segment *s, const struct counter_description *kinds, uint32_t kind_count
) {
	size_t at = sizeof(struct counter_segment_header) + kind_count * sizeof(struct counter_entry);

	for (uint32_t i = 0; i < kind_count; i++) {
		const struct counter_description *d = &kinds[i];
		struct counter_entry *e = &entries(s)[i];

		strncpy(e->name, d->name, COUNTER_NAME - 1);
		e->kind = d->kind;
		e->count = d->count;
		e->fields = d->fields;
		e->stride = d->stride;
		e->offset = d->offset;
		e->fields_at = at;
		put_names(s->map + at, d->field_names, d->fields);
		at += d->fields * (size_t)COUNTER_NAME;
		if (d->names != NULL) {
			e->names_at = at;
			put_names(s->map + at, d->names, d->count);
			at += d->count * (size_t)COUNTER_NAME;
		} else {
			e->keys_at = at;
			at += d->count * sizeof(uint64_t);
		}
	}
}

int counter_segment_create(
	struct counter_segment *s,
	const struct counter_description *kinds,
	uint32_t kind_count,
	size_t block_size,
	uint32_t blocks,
	uint64_t generation
) {
	size_t directory = sizeof(struct counter_segment_header)
		+ kind_count * sizeof(struct counter_entry);

	*s = (struct counter_segment){.fd = -1, .map = MAP_FAILED, .max_blocks = blocks};
	for (uint32_t i = 0; i < kind_count; i++) {
		const struct counter_description *d = &kinds[i];
		if (d->count == 0 || d->fields == 0 || d->offset % 8 != 0 || d->stride % 8 != 0
		    || d->fields * 8 > d->stride
		    || d->offset + (size_t)d->count * d->stride > block_size)
			return -EINVAL;
		directory += extra(d);
	}
	size_t blocks_at = paged(directory);
	size_t size = blocks_at + paged(block_size) * blocks;

	s->fd = memfd_create("lagopus-counters", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (s->fd < 0)
		return -errno;
	int error = 0;
	if (ftruncate(s->fd, (off_t)size) < 0)
		error = -errno;
	if (error == 0)
		s->map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
	if (error == 0 && s->map == MAP_FAILED)
		error = -errno;
	// This mapping stays writable; nobody, root included, gets another one.
	if (error == 0
	    && fcntl(s->fd,
		     F_ADD_SEALS,
		     F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL)
		    < 0)
		error = -errno;
	if (error < 0) {
		if (s->map != MAP_FAILED)
			munmap(s->map, size);
		close(s->fd);
		*s = (struct counter_segment){.fd = -1};
		return error;
	}
	struct counter_segment_header *h = header(s);
	h->version = COUNTER_SEGMENT_VERSION;
	h->entries = kind_count;
	h->generation = generation;
	h->size = size;
	h->blocks_at = blocks_at;
	h->block_size = paged(block_size);
	describe(s, kinds, kind_count);
	atomic_store_explicit(&h->magic, COUNTER_SEGMENT_MAGIC, memory_order_release);
	return 0;
}

void *counter_segment_block(struct counter_segment *s, uint32_t n) {
	struct counter_segment_header *h = header(s);

	if (n >= s->max_blocks)
		return NULL;
	if (n >= atomic_load_explicit(&h->blocks, memory_order_relaxed))
		atomic_store_explicit(&h->blocks, n + 1, memory_order_release);
	return s->map + h->blocks_at + n * h->block_size;
}

static const struct counter_entry *find(const struct counter_segment *s, enum counter_kind kind) {
	for (uint32_t i = 0; i < header(s)->entries; i++) {
		if (entries(s)[i].kind == kind)
			return &entries(s)[i];
	}
	return NULL;
}

void counter_segment_key(
	struct counter_segment *s, enum counter_kind kind, uint32_t index, uint64_t key
) {
	const struct counter_entry *e = find(s, kind);

	if (e == NULL || e->keys_at == 0 || index >= e->count)
		return;
	_Atomic uint64_t *keys = (_Atomic uint64_t *)(s->map + e->keys_at);
	atomic_store_explicit(&keys[index], key, memory_order_release);
}

uint64_t counter_segment_sum(
	const struct counter_segment *s, enum counter_kind kind, uint32_t index, uint32_t field
) {
	const struct counter_entry *e = find(s, kind);
	const struct counter_segment_header *h = header(s);
	uint64_t sum = 0;

	if (e == NULL || index >= e->count || field >= e->fields)
		return 0;
	uint32_t blocks = atomic_load_explicit(&h->blocks, memory_order_acquire);
	for (uint32_t b = 0; b < blocks; b++) {
		const uint8_t *block = s->map + h->blocks_at + b * h->block_size;
		const _Atomic uint64_t *counter
			= (const _Atomic uint64_t *)(block + e->offset + (size_t)index * e->stride)
			+ field;
		sum += atomic_load_explicit(counter, memory_order_relaxed);
	}
	return sum;
}

void counter_segment_close(struct counter_segment *s) {
	if (s->fd < 0)
		return;
	munmap(s->map, header(s)->size);
	close(s->fd);
	*s = (struct counter_segment){.fd = -1};
}
