package org.lagopus.controller.northbound;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lagopus.netconf.CallHome;
import org.lagopus.netconf.Entry;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// A client that the box is to call.
///
/// @param entry null if what it needs cannot be used
/// @param wrong why not, and otherwise null
record Caller(
        String name,
        YangInstanceIdentifier path,
        List<CallHome.Endpoint> endpoints,
        CallHome.Terms terms,
        @Nullable Entry entry,
        @Nullable String wrong) {

    /// Whether another one is no better.
    boolean isAsBad(Caller other) {
        return name.equals(other.name) && Objects.equals(wrong, other.wrong);
    }
}
