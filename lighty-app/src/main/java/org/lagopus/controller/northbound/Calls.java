package org.lagopus.controller.northbound;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lagopus.netconf.CallHome;

/// The clients that are called. One that is called in the same way as before keeps its connection
/// and its count; one that is not called any more keeps the session it has. One thread owns this.
final class Calls {
    private final Runnable told;
    private Map<String, CallHome> running = Map.of();

    /// @param told whenever the status of one changes, on any thread
    Calls(Runnable told) {
        this.told = told;
    }

    void become(List<Caller> wanted) {
        var next = new LinkedHashMap<String, CallHome>();
        for (var caller : wanted) {
            var entry = caller.entry();
            if (entry == null) {
                continue;
            }
            var known = running.get(caller.name());
            if (known != null && known.is(caller.endpoints(), caller.terms())) {
                known.through(entry);
                next.put(caller.name(), known);
            } else {
                next.put(
                        caller.name(),
                        new CallHome(
                                caller.name(),
                                caller.endpoints(),
                                caller.terms(),
                                entry,
                                _ -> told.run()));
            }
        }
        var before = running;
        running = next;
        before.values().stream().filter(one -> !next.containsValue(one)).forEach(CallHome::close);
        next.values().stream().filter(one -> !before.containsValue(one)).forEach(CallHome::start);
    }

    Optional<CallHome.Status> status(Caller caller) {
        return Optional.ofNullable(running.get(caller.name())).map(CallHome::status);
    }

    void close() {
        become(List.of());
    }
}
