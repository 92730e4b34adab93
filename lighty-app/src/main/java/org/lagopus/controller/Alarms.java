package org.lagopus.controller;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Edit;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Alarms of the box itself, as OpenConfig's `/system/alarms`. What the start found amiss in the
/// state directory is told until the next start, a quarantine file until somebody takes it away.
public final class Alarms {
    private static final Logger LOG = LoggerFactory.getLogger(Alarms.class);
    private static final Duration EVERY = Duration.ofMinutes(1);
    private static final String NOBODY = "nobody-can-log-in";

    private Alarms() {}

    static void publish(Datastore datastore, Path directory, Instant now) throws IOException {
        var alarms = new ArrayList<Map<String, Object>>();
        var findings = datastore.findings();
        for (int i = 0; i < findings.size(); i++) {
            alarms.add(
                    alarm(
                            "start-" + (i + 1),
                            "state-directory",
                            "WARNING",
                            directory.toString(),
                            findings.get(i),
                            now));
        }
        for (var file : datastore.quarantine()) {
            alarms.add(
                    alarm(
                            id(file),
                            "quarantine",
                            "MAJOR",
                            file.toString(),
                            "configuration that did not fit the modules is not in use; it is kept"
                                    + " in "
                                    + file
                                    + ": configure what is needed of it anew and take the file"
                                    + " away",
                            now));
        }
        if (!alarms.isEmpty()) {
            datastore.writeState(List.of(edit(datastore, alarms)));
        }
    }

    /// Clears the alarms of quarantine files that somebody has taken away, within a minute.
    static void followQuarantine(Datastore datastore) {
        followQuarantine(datastore, EVERY);
    }

    static void followQuarantine(Datastore datastore, Duration every) {
        var timer = datastore.events().timer();
        var known = quarantined(datastore);
        if (known.isEmpty()) {
            return;
        }
        timer.at(
                timer.now().plus(every),
                () -> {
                    var there = quarantined(datastore);
                    known.stream()
                            .filter(id -> !there.contains(id))
                            .forEach(id -> clear(datastore, id));
                    followQuarantine(datastore, every);
                });
    }

    private static Set<String> quarantined(Datastore datastore) {
        try {
            return datastore.quarantine().stream().map(Alarms::id).collect(Collectors.toSet());
        } catch (IOException e) {
            LOG.warn("the state directory cannot be looked into", e);
            return Set.of();
        }
    }

    private static String id(Path quarantine) {
        return String.valueOf(quarantine.getFileName());
    }

    /// Raised by a commit that leaves nobody a way in, cleared by one that gives somebody one.
    static void nobodyCanLogIn(Datastore datastore, boolean raised) {
        if (raised) {
            LOG.warn("nobody has a password, a key or a RADIUS server: nobody can log in any more");
            raise(
                    datastore,
                    NOBODY,
                    NOBODY,
                    "CRITICAL",
                    "/openconfig-system:system/aaa",
                    "no user has a password or an authorized-key, and no RADIUS server is asked:"
                            + " sessions that end now cannot come back; give a user a password"
                            + " before they do");
        } else {
            clear(datastore, NOBODY);
        }
    }

    /// Raises an alarm, or changes what it says.
    ///
    /// @param type `type-id` of OpenConfig
    /// @param severity an identity of openconfig-alarm-types
    /// @param resource what it is about: a path, or a file
    public static void raise(
            Datastore datastore,
            String id,
            String type,
            String severity,
            String resource,
            String text) {
        var alarm = alarm(id, type, severity, resource, text, Instant.now());
        datastore.writeState(List.of(edit(datastore, List.of(alarm))));
    }

    /// Nothing happens if it is not raised.
    public static void clear(Datastore datastore, String id) {
        var alarms = datastore.model().parse("/openconfig-system:system/alarms");
        var module = alarms.getLastPathArgument().getNodeType().getModule();
        var list = QName.create(module, "alarm");
        var path =
                alarms.node(list)
                        .node(
                                NodeIdentifierWithPredicates.of(
                                        list, QName.create(module, "id"), id));
        datastore.writeState(List.of(Edit.remove(path)));
    }

    private static Edit edit(Datastore datastore, List<Map<String, Object>> alarms) {
        var tree = Map.of("openconfig-system:system", Map.of("alarms", Map.of("alarm", alarms)));
        try {
            var node =
                    JsonData.container(
                            datastore.model(), new JsonMapper().writeValueAsString(tree));
            return Edit.merge(YangInstanceIdentifier.of(node.name()), node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, Object> alarm(
            String id, String type, String severity, String resource, String text, Instant now) {
        return Map.of(
                "id",
                id,
                "state",
                Map.of(
                        "id",
                        id,
                        "resource",
                        resource,
                        "type-id",
                        type,
                        "severity",
                        "openconfig-alarm-types:" + severity,
                        "text",
                        text,
                        "time-created",
                        Long.toString(now.toEpochMilli() * 1_000_000)));
    }
}
