package org.lagopus.controller;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Edit;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Alarms of the box itself, as OpenConfig's `/system/alarms`. What the start found amiss in the
/// state directory is told until the next start, a quarantine file at every start until somebody
/// takes it away.
final class Alarms {
    private static final Logger LOG = LoggerFactory.getLogger(Alarms.class);
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
                            directory,
                            findings.get(i),
                            now));
        }
        for (var file : datastore.quarantine()) {
            alarms.add(
                    alarm(
                            String.valueOf(file.getFileName()),
                            "quarantine",
                            "MAJOR",
                            file,
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

    /// Raised by a commit that leaves nobody a way in, cleared by one that gives somebody one.
    static void nobodyCanLogIn(Datastore datastore, boolean raised) {
        if (raised) {
            LOG.warn("nobody has a password, a key or a RADIUS server: nobody can log in any more");
            var alarm =
                    alarm(
                            NOBODY,
                            NOBODY,
                            "CRITICAL",
                            Path.of("/openconfig-system:system/aaa"),
                            "no user has a password or an authorized-key, and no RADIUS server is"
                                    + " asked: sessions that end now cannot come back; give a user a"
                                    + " password before they do",
                            Instant.now());
            datastore.writeState(List.of(edit(datastore, List.of(alarm))));
        } else {
            var path =
                    datastore
                            .model()
                            .parse(
                                    "/openconfig-system:system/alarms/alarm[id='%s']"
                                            .formatted(NOBODY));
            datastore.writeState(List.of(Edit.remove(path)));
        }
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
            String id, String type, String severity, Path resource, String text, Instant now) {
        return Map.of(
                "id",
                id,
                "state",
                Map.of(
                        "id",
                        id,
                        "resource",
                        resource.toString(),
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
