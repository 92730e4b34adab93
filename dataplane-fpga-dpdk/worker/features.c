// The modules of this worker, in the order they take part in a transaction.

#include "bridge/bridge.h"
#include "feature.h"
#include "icmp/icmp.h"
#include "neighbor/neighbor.h"
#include "route/route.h"

const struct feature *const features[] = {
	&bridge_feature,
	&neighbor_feature,
	&route_feature,
	&icmp_feature,
};

const unsigned feature_count = sizeof(features) / sizeof(features[0]);

_Static_assert(sizeof(features) / sizeof(features[0]) <= MAX_FEATURES, "room in a draft");
