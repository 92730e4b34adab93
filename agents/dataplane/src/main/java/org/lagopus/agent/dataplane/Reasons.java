package org.lagopus.agent.dataplane;

import java.util.List;
import java.util.Locale;
import org.lagopus.agent.dataplane.config.Configuration;
import org.lagopus.agent.dataplane.model.Key;
import org.lagopus.agent.dataplane.worker.Outcome;
import org.lagopus.component.Path;
import org.lagopus.component.Refusal;
import org.lagopus.component.ring.messages.RingError;

/// What the worker says against a change, in the words of the configuration.
final class Reasons {
    private Reasons() {}

    static List<Refusal> of(
            Outcome.Refused refused, Configuration configuration, Configuration.Draft draft) {
        return refused.faults().stream().map(f -> of(f, configuration, draft)).distinct().toList();
    }

    private static Refusal of(
            Outcome.Fault fault, Configuration configuration, Configuration.Draft draft) {
        var key = fault.key();
        Path path =
                key == null
                        ? null
                        : configuration
                                .pathOf(key, draft)
                                .map(p -> narrowed(p, key, fault.error()))
                                .orElse(null);
        return new Refusal(path, tag(fault.error()), text(fault));
    }

    /// What a worker can hold against a port is nearly always the device.
    private static Path narrowed(Path path, Key key, RingError error) {
        if (!(key instanceof Key.Port)) {
            return path;
        }
        return switch (error) {
            case IN_USE, NO_RESOURCE, DEVICE_FAILED, MANAGEMENT_PORT, NOT_RESTORED ->
                    Configuration.deviceOf(path);
            case OK,
                    UNKNOWN_MESSAGE,
                    MALFORMED,
                    NO_TRANSACTION,
                    IN_TRANSACTION,
                    UNKNOWN_OBJECT,
                    NOT_SUPPORTED,
                    FAULT,
                    DENIED,
                    EXISTS,
                    MISSING,
                    STALE_NAMES ->
                    path;
        };
    }

    private static String text(Outcome.Fault fault) {
        var kind = fault.error().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return fault.text().isEmpty() ? kind : kind + ": " + fault.text();
    }

    /// Error tags of RFC 6241 appendix A.
    private static String tag(RingError error) {
        return switch (error) {
            case IN_USE -> "in-use";
            case UNKNOWN_OBJECT, MALFORMED, MANAGEMENT_PORT -> "invalid-value";
            case NO_RESOURCE, IN_TRANSACTION -> "resource-denied";
            case NOT_SUPPORTED, UNKNOWN_MESSAGE -> "operation-not-supported";
            case DENIED -> "access-denied";
            case NOT_RESTORED -> "rollback-failed";
            case EXISTS -> "data-exists";
            case MISSING -> "data-missing";
            case OK, NO_TRANSACTION, DEVICE_FAILED, FAULT, STALE_NAMES -> "operation-failed";
        };
    }
}
