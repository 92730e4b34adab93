package org.lagopus.controller.components;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.Severity;
import org.lagopus.controller.Alarms;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Every component that is expected or was ever here: whether it is, what it offers, what is wrong
/// with it. Shown as `lagopus-components`.
final class Roster {
    private static final Logger LOG = LoggerFactory.getLogger(Roster.class);

    /// Cleared alarms of a component that are kept.
    private static final int KEPT_ALARMS = 100;

    /// Kinds of alarms that are raised here, not by the component itself.
    static final String ABSENT = "component-absent";

    static final String OUT_OF_STEP = "component-out-of-step";
    static final String ISOLATED = "component-isolated";
    static final String REFUSED = "configuration-refused";

    private record AlarmKey(String resource, String typeId) {}

    private record Granted(String component, List<String> scopes, Instant at) {}

    /// As the alarms of the box have it.
    private record BoxAlarm(String typeId, Severity severity, String resource, String text) {}

    private static final class AlarmEntry {
        Severity severity = Severity.WARNING;
        String text = "";
        boolean cleared = true;
        boolean doubtful;
        Instant raised = Instant.EPOCH;
        Instant changed = Instant.EPOCH;
        int count;
    }

    private static final class Member {
        final String name;
        List<YangInstanceIdentifier> subscriptions = List.of();
        boolean required;
        boolean isolated;
        Message.@Nullable Hello hello;
        boolean connected;
        boolean attached;
        int pid;
        int uid;
        long generation;
        @Nullable Instant lastChange;
        @Nullable String lastError;
        final Map<AlarmKey, AlarmEntry> alarms = new HashMap<>();
        int refusedGrants;
        final Map<String, Granted> granted = new TreeMap<>();

        /// Those that stand in the alarms of the box, by their id there.
        Map<String, BoxAlarm> told = Map.of();

        boolean dirty = true;

        Member(String name) {
            this.name = name;
        }
    }

    private final Datastore datastore;
    private final Model model;
    private final Clock clock;
    private final StateReader reader;
    private final KnownComponents known;
    private final Map<String, Member> members = new TreeMap<>();

    /// @param expected components that are waited for before they were ever seen, and what they
    ///   subscribe to
    /// @param known those that were seen before
    Roster(
            Datastore datastore,
            Clock clock,
            Map<String, List<String>> expected,
            KnownComponents known) {
        this.datastore = datastore;
        this.known = known;
        this.model = datastore.model();
        this.clock = clock;
        this.reader = new StateReader(model);
        expected.forEach((name, subscriptions) -> expect(name, true, subscriptions));
        for (var one : known.all()) {
            expect(one.name(), one.required(), one.subscriptions());
            if (one.isolated()) {
                isolated(member(one.name()));
            }
        }
    }

    private Member member(String name) {
        return members.computeIfAbsent(name, Member::new);
    }

    private void expect(String name, boolean required, List<String> subscriptions) {
        var paths = new ArrayList<YangInstanceIdentifier>();
        for (var path : subscriptions) {
            try {
                paths.add(model.parse(path));
            } catch (IllegalArgumentException e) {
                LOG.debug("{} will not subscribe to {}", name, path, e);
            }
        }
        var member = member(name);
        member.subscriptions = paths;
        member.required = required;
    }

    /// @return false if a component of that name is here already
    synchronized boolean connected(
            Message.Hello hello, Peer peer, List<YangInstanceIdentifier> subscriptions) {
        var member = member(hello.name());
        if (member.connected) {
            return false;
        }
        member.connected = true;
        member.hello = hello;
        member.required = hello.required();
        member.pid = peer.pid();
        member.uid = peer.uid();
        member.generation = hello.generation();
        member.subscriptions = subscriptions;
        member.lastChange = clock.instant();
        // Until it tells them again, or tells by a heartbeat that it has told all.
        member.alarms.forEach((key, alarm) -> alarm.doubtful = !isOurs(key));
        member.dirty = true;
        clear(member, key -> key.typeId().equals(ABSENT));
        return true;
    }

    /// Commits will ask it, after a restart too. Waits for the disk.
    void remember(String name) {
        try {
            keep(name);
        } catch (IOException e) {
            LOG.error("component {} is not remembered over a restart", name, e);
            error(name, "it is not remembered over a restart: " + e.getMessage());
        }
    }

    private void keep(String name) throws IOException {
        KnownComponents.Known now;
        synchronized (this) {
            var member = member(name);
            now =
                    new KnownComponents.Known(
                            name,
                            member.required,
                            member.subscriptions.stream().map(model::format).toList(),
                            member.isolated);
        }
        known.keep(now);
    }

    /// Commits do without it, and it is not let in, until [#release]; after a restart too.
    void isolate(String name) throws IOException {
        synchronized (this) {
            isolated(member(name));
        }
        keep(name);
    }

    private void isolated(Member member) {
        member.isolated = true;
        set(
                member,
                resource(member.name),
                ISOLATED,
                Severity.MAJOR,
                "an operator has isolated it",
                false);
        clear(member, key -> key.typeId().equals(ABSENT));
    }

    void release(String name) throws IOException {
        synchronized (this) {
            var member = member(name);
            member.isolated = false;
            clear(member, key -> key.typeId().equals(ISOLATED));
            if (!member.connected) {
                missing(member, "it has not come back yet");
            }
        }
        keep(name);
    }

    synchronized boolean isIsolated(String name) {
        var member = members.get(name);
        return member != null && member.isolated;
    }

    /// It is not waited for any more, and its alarms are over.
    ///
    /// @return false if it is connected
    boolean forget(String name) throws IOException {
        synchronized (this) {
            var member = members.get(name);
            if (member != null && member.connected) {
                return false;
            }
            members.remove(name);
            if (member != null) {
                tell(member.told, Map.of()).forEach(Runnable::run);
            }
        }
        known.forget(name);
        if (!model.context().findModules("lagopus-components").isEmpty()) {
            datastore.writeState(List.of(Edit.remove(model.parse(resource(name)))));
        }
        return true;
    }

    /// From here on commits ask it.
    synchronized void attached(String name) {
        var member = member(name);
        member.attached = member.connected;
    }

    synchronized void disconnected(String name, String reason) {
        var member = member(name);
        member.connected = false;
        member.attached = false;
        member.pid = 0;
        member.lastChange = clock.instant();
        member.lastError = reason;
        missing(member, reason);
    }

    /// Raises the alarm of each component that was expected and has not come.
    synchronized void missing() {
        for (var member : members.values()) {
            if (!member.connected && member.hello == null) {
                missing(member, "it has not connected yet");
            }
        }
    }

    private void missing(Member member, String reason) {
        if (member.isolated) {
            return;
        }
        var severity = required(member) ? Severity.CRITICAL : Severity.MAJOR;
        set(member, resource(member.name), ABSENT, severity, reason, false);
    }

    synchronized void generation(String name, long generation) {
        var member = member(name);
        member.generation = generation;
        member.dirty = true;
    }

    synchronized void error(String name, String text) {
        var member = member(name);
        member.lastError = text;
        member.dirty = true;
    }

    // --- grants -------------------------------------------------------------------------------

    synchronized void granted(String client, String api, String component, List<String> scopes) {
        var member = member(client);
        member.granted.put(api, new Granted(component, scopes, clock.instant()));
        member.dirty = true;
    }

    synchronized void refusedGrant(String client, String why) {
        var member = member(client);
        member.refusedGrants++;
        member.lastError = why;
        member.dirty = true;
    }

    /// What a component was granted is no longer good.
    ///
    /// @return the interfaces, and the components that offer them
    synchronized Map<String, String> revoked(String client) {
        var member = members.get(client);
        if (member == null) {
            return Map.of();
        }
        var was = new TreeMap<String, String>();
        member.granted.forEach((api, granted) -> was.put(api, granted.component()));
        member.granted.clear();
        member.dirty = true;
        return was;
    }

    // --- alarms -------------------------------------------------------------------------------

    synchronized void alarm(String name, Message.Alarm alarm) {
        set(
                member(name),
                alarm.resource(),
                alarm.typeId(),
                alarm.severity(),
                alarm.text(),
                alarm.cleared());
    }

    synchronized void raise(
            String name, String resource, String typeId, Severity severity, String text) {
        set(member(name), resource, typeId, severity, text, false);
    }

    synchronized void clear(String name, String typeId) {
        clear(member(name), key -> key.typeId().equals(typeId));
    }

    /// What was refused at these paths or below is accepted now.
    synchronized void accepted(String name, Collection<String> paths) {
        clear(
                member(name),
                key ->
                        key.typeId().equals(REFUSED)
                                && paths.stream().anyMatch(p -> isAtOrBelow(key.resource(), p)));
    }

    /// The component has told all its alarms; what it did not tell is over.
    synchronized void toldAll(String name) {
        var member = member(name);
        clear(
                member,
                key -> {
                    var alarm = member.alarms.get(key);
                    return alarm != null && alarm.doubtful;
                });
    }

    private static boolean isAtOrBelow(String path, String above) {
        return path.startsWith(above)
                && (path.length() == above.length()
                        || "/[".indexOf(path.charAt(above.length())) >= 0);
    }

    private static boolean isOurs(AlarmKey key) {
        return key.typeId().equals(ABSENT)
                || key.typeId().equals(OUT_OF_STEP)
                || key.typeId().equals(ISOLATED)
                || key.typeId().equals(REFUSED);
    }

    static String resource(String name) {
        return "/lagopus-components:components/component[name='" + name + "']";
    }

    private void set(
            Member member,
            String resource,
            String typeId,
            Severity severity,
            String text,
            boolean cleared) {
        var key = new AlarmKey(resource, typeId);
        var alarm = member.alarms.get(key);
        if (alarm == null) {
            if (cleared) {
                return;
            }
            makeRoom(member);
            alarm = new AlarmEntry();
            member.alarms.put(key, alarm);
        }
        var now = clock.instant();
        boolean same =
                alarm.cleared == cleared && alarm.severity == severity && alarm.text.equals(text);
        if (alarm.cleared && !cleared) {
            alarm.raised = now;
            alarm.count++;
            LOG.warn("alarm: {}: {} {}: {}", member.name, typeId, resource, text);
        } else if (!alarm.cleared && cleared) {
            LOG.info("alarm cleared: {}: {} {}", member.name, typeId, resource);
        }
        alarm.doubtful = false;
        if (!same) {
            alarm.severity = severity;
            alarm.text = text;
            alarm.cleared = cleared;
            alarm.changed = now;
            member.dirty = true;
        }
    }

    private void clear(Member member, Predicate<AlarmKey> which) {
        for (var key : List.copyOf(member.alarms.keySet())) {
            var alarm = member.alarms.get(key);
            if (alarm != null && !alarm.cleared && which.test(key)) {
                set(member, key.resource(), key.typeId(), alarm.severity, alarm.text, true);
            }
        }
    }

    private static void makeRoom(Member member) {
        if (member.alarms.size() >= KEPT_ALARMS) {
            member.alarms.entrySet().stream()
                    .filter(e -> e.getValue().cleared)
                    .min(Comparator.comparing(e -> e.getValue().changed))
                    .map(Map.Entry::getKey)
                    .ifPresent(member.alarms::remove);
        }
    }

    // --- questions ----------------------------------------------------------------------------

    /// The required components that are not here.
    synchronized List<Datastore.Absent> absent() {
        return members.values().stream()
                .filter(member -> !member.attached && required(member))
                .map(member -> new Datastore.Absent(member.name, member.subscriptions))
                .toList();
    }

    /// The required components, and whether they are here.
    synchronized Map<String, Boolean> presence() {
        return members.values().stream()
                .filter(this::required)
                .collect(Collectors.toMap(member -> member.name, member -> member.attached));
    }

    synchronized boolean required(String name) {
        return required(member(name));
    }

    private boolean required(Member member) {
        return !member.isolated
                && configured(member.name)
                        .orElse(member.required || member.name.equals(ComponentSettings.DATAPLANE));
    }

    private Optional<Boolean> configured(String name) {
        if (model.context().findModules("lagopus-components").isEmpty()) {
            return Optional.empty();
        }
        return datastore
                .read(Face.RUNNING)
                .readNode(model.parse(resource(name) + "/config/required"))
                .map(node -> (Boolean) ((LeafNode<?>) node).body());
    }

    synchronized List<Message.Offer> offers(String api) {
        var offers = new ArrayList<Message.Offer>();
        for (var member : members.values()) {
            var hello = member.hello;
            if (member.connected && hello != null) {
                hello.apis().stream()
                        .filter(each -> each.name().equals(api))
                        .map(each -> new Message.Offer(member.name, each))
                        .forEach(offers::add);
            }
        }
        return offers;
    }

    // --- the state tree -----------------------------------------------------------------------

    /// Writes what has changed since the last time.
    void publish() {
        var edits = new ArrayList<Edit>();
        var boxAlarms = new ArrayList<Runnable>();
        synchronized (this) {
            if (model.context().findModules("lagopus-components").isEmpty()) {
                return;
            }
            for (var member : members.values()) {
                if (member.dirty) {
                    member.dirty = false;
                    var path = model.parse(resource(member.name) + "/state");
                    edits.add(Edit.replace(path, reader.node(path, state(member).toString())));
                    var standing = standing(member);
                    boxAlarms.addAll(tell(member.told, standing));
                    member.told = standing;
                }
            }
        }
        if (!edits.isEmpty()) {
            datastore.writeState(edits);
        }
        boxAlarms.forEach(Runnable::run);
    }

    private static Map<String, BoxAlarm> standing(Member member) {
        var standing = new HashMap<String, BoxAlarm>();
        member.alarms.forEach((key, alarm) -> {
            if (!alarm.cleared) {
                var id =
                        key.resource().equals(resource(member.name))
                                ? "%s %s".formatted(member.name, key.typeId())
                                : "%s %s %s".formatted(member.name, key.typeId(), key.resource());
                standing.put(
                        id, new BoxAlarm(key.typeId(), alarm.severity, key.resource(), alarm.text));
            }
        });
        return standing;
    }

    /// What has to be done for `/openconfig-system:system/alarms` to have the second, and not the
    /// first.
    private List<Runnable> tell(Map<String, BoxAlarm> before, Map<String, BoxAlarm> now) {
        if (model.context().findModules("openconfig-system").isEmpty()) {
            return List.of();
        }
        var steps = new ArrayList<Runnable>();
        now.forEach((id, alarm) -> {
            if (!alarm.equals(before.get(id))) {
                steps.add(() ->
                        Alarms.raise(
                                datastore,
                                id,
                                alarm.typeId(),
                                alarm.severity().name(),
                                alarm.resource(),
                                alarm.text()));
            }
        });
        before.keySet().stream()
                .filter(id -> !now.containsKey(id))
                .forEach(id -> steps.add(() -> Alarms.clear(datastore, id)));
        return steps;
    }

    private ObjectNode state(Member member) {
        var state = JsonNodeFactory.instance.objectNode();
        state.put("name", member.name);
        state.put("required", required(member));
        state.put("connected", member.connected);
        state.put("isolated", member.isolated);
        state.put("generation", Long.toString(member.generation));
        if (member.lastChange != null) {
            state.put("last-change", time(member.lastChange));
        }
        if (member.lastError != null) {
            state.put("last-error", member.lastError);
        }
        if (member.connected) {
            state.put("process-id", member.pid);
            state.put("user-id", member.uid);
        }
        var hello = member.hello;
        if (hello != null) {
            state.put("version", hello.version());
            state.put("faces", hello.faces());
            apis(state, hello);
            var operations = state.putArray("operation");
            hello.operations().forEach(operations::add);
            var lists = state.putArray("list");
            hello.lists().forEach(lists::add);
        }
        var subscriptions = state.putArray("subscription");
        member.subscriptions.forEach(path -> subscriptions.add(model.format(path)));
        state.put("refused-grants", member.refusedGrants);
        var grants = state.putArray("grant");
        member.granted.forEach((api, granted) -> {
            var scopes =
                    grants.addObject()
                            .put("api", api)
                            .put("component", granted.component())
                            .put("granted", time(granted.at()))
                            .putArray("scope");
            granted.scopes().stream().distinct().forEach(scopes::add);
        });
        var alarms = state.putArray("alarm");
        member.alarms.forEach((key, alarm) ->
                alarms.addObject()
                        .put("resource", key.resource())
                        .put("type-id", key.typeId())
                        .put("severity", alarm.severity.name().toLowerCase(Locale.ROOT))
                        .put("text", alarm.text)
                        .put("is-cleared", alarm.cleared)
                        .put("time-raised", time(alarm.raised))
                        .put("time-changed", time(alarm.changed))
                        .put("count", alarm.count));
        return state;
    }

    private static void apis(ObjectNode state, Message.Hello hello) {
        var apis = state.putArray("api");
        for (var api : hello.apis()) {
            var scopes =
                    apis.addObject()
                            .put("name", api.name())
                            .put("version", api.version())
                            .put("endpoint", api.endpoint())
                            .put("transport", api.transport())
                            .putArray("scope");
            api.scopes().forEach(scopes::add);
        }
    }

    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MILLIS).toString();
    }
}
