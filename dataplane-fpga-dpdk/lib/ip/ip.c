#include "ip.h"

// Six headers are one more than RFC 8200 §4.1 names; nobody sends a longer chain in earnest.
#define MAX_EXTENSIONS 6

int ip6_upper(const struct rte_ipv6_hdr *ip, uint32_t length, uint8_t *protocol, bool *fragment) {
	const uint8_t *bytes = (const uint8_t *)ip;
	uint32_t offset = sizeof(*ip);
	uint8_t next = ip->proto;

	*fragment = false;
	for (unsigned i = 0; i < MAX_EXTENSIONS; i++) {
		switch (next) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
			if (offset + 8 > length)
				return -1;
			next = bytes[offset];
			offset += 8 + 8 * bytes[offset + 1];
			break;
		case IPPROTO_FRAGMENT:
			if (offset + 8 > length)
				return -1;
			*fragment = true;
			if ((bytes[offset + 2] | (bytes[offset + 3] & 0xf8)) != 0)
				return -1;
			next = bytes[offset];
			offset += 8;
			break;
		default:
			if (offset > length)
				return -1;
			*protocol = next;
			return offset;
		}
	}
	return -1;
}
