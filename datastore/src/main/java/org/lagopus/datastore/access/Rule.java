package org.lagopus.datastore.access;

import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// One `rule` of `/nacm/rule-list` (RFC 8341 §3.3.5).
///
/// @param at where it stands, to blame it for what is wrong with it
/// @param module name of the module it is for; null for all
/// @param operations bits of [Operation]
record Rule(
        YangInstanceIdentifier at,
        @Nullable String module,
        Target target,
        int operations,
        boolean permit) {

    /// Its `rule-type`.
    sealed interface Target {
        /// Without one: everything.
        record Any() implements Target {}

        /// @param name null for all
        record Invocation(@Nullable String name) implements Target {}

        /// @param name null for all
        record Notification(@Nullable String name) implements Target {}

        /// As it is configured; [NodePath] knows what it means.
        record Data(String path) implements Target {}
    }

    boolean isOf(String other) {
        return module == null || module.equals(other);
    }

    boolean isFor(Operation operation) {
        return (operations & operation.bit) != 0;
    }

    boolean isForInvocation(String ofModule, String name) {
        return isOf(ofModule)
                && isFor(Operation.EXEC)
                && switch (target) {
                    case Target.Any _ -> true;
                    case Target.Invocation(var wanted) -> wanted == null || wanted.equals(name);
                    case Target.Notification _, Target.Data _ -> false;
                };
    }

    boolean isForNotification(String ofModule, String name) {
        return isOf(ofModule)
                && isFor(Operation.READ)
                && switch (target) {
                    case Target.Any _ -> true;
                    case Target.Notification(var wanted) -> wanted == null || wanted.equals(name);
                    case Target.Invocation _, Target.Data _ -> false;
                };
    }

    /// Leaves nothing below it to later rules.
    boolean isForEverything() {
        return module == null && operations == Operation.ALL;
    }
}
