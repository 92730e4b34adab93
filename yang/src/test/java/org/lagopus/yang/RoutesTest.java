package org.lagopus.yang;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.model.api.DataNodeContainer;
import org.opendaylight.yangtools.yang.model.api.DataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.RpcDefinition;
import org.opendaylight.yangtools.yang.model.api.TypeDefinition;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.type.BooleanTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.EnumTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.StringTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.Uint32TypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.Uint64TypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.Uint8TypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.UnionTypeDefinition;

/// The API of routes is told twice: as messages of the rings (ring.msg) and as a module. Both say
/// the same, field by field.
@Tag("R36")
class RoutesTest {
    private static final Path RING = Path.of("../dataplane-fpga-dpdk/ring/ring.msg");

    /// Numbers of the worker that have a name in the model.
    private static final List<String> NAMED = List.of("instance", "interface", "owner");

    /// What one of the two says in other words: `MESSAGE.FIELD` as `LEAF`, empty for a field that
    /// is part of another leaf.
    private static final Map<String, String> OTHERWISE =
            Map.ofEntries(
                    Map.entry("route-set.family", ""),
                    Map.entry("route-set.prefix-length", ""),
                    Map.entry("route-set.next-hops-count", ""),
                    Map.entry("route-set.next-hops", "next-hop"),
                    Map.entry("route-delete.family", ""),
                    Map.entry("route-delete.prefix-length", ""),
                    Map.entry("next-hop.family", ""),
                    Map.entry("route-entry.family", ""),
                    Map.entry("route-entry.prefix-length", ""),
                    Map.entry("route-entry.next-hops-count", ""),
                    Map.entry("route-entry.next-hops", "next-hop"),
                    Map.entry("dump.family", ""),
                    Map.entry("dump.prefix-length", ""),
                    Map.entry("dump.position", ""),
                    Map.entry("dump.limit", "maximum"),
                    Map.entry("owner-entry.owner", ""),
                    Map.entry("owner-entry.scopes", "scope"),
                    Map.entry("owner-entry.stale-seconds", "stale-time"));

    private static final Map<String, Map<String, Integer>> enums = new TreeMap<>();

    /// Fields of messages and structs: name to type.
    private static final Map<String, Map<String, String>> messages = new TreeMap<>();

    @BeforeAll
    static void read() throws IOException {
        Map<String, Integer> names = new LinkedHashMap<>();
        Map<String, String> fields = new LinkedHashMap<>();
        boolean isEnum = false;
        for (var line : Files.readAllLines(RING)) {
            var words = line.replaceAll("#.*", "").strip().split("\\s+");
            if (words[0].isEmpty()) {
                continue;
            }
            if (line.startsWith(" ")) {
                if (isEnum) {
                    names.put(words[0], Integer.valueOf(words[1]));
                } else if (!words[words.length - 1].matches("pad\\d*")) {
                    fields.put(words[words.length - 1], words[words.length - 2]);
                }
                continue;
            }
            isEnum = words[0].equals("enum");
            names = new LinkedHashMap<>();
            fields = new LinkedHashMap<>();
            if (isEnum) {
                enums.put(words[1], names);
            } else {
                messages.put(words[1], fields);
            }
        }
    }

    private static RpcDefinition rpc(String name) {
        return Schema.context().findModules("lagopus-routes").iterator().next().getRpcs().stream()
                .filter(rpc -> rpc.getQName().getLocalName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name));
    }

    private static DataSchemaNode child(DataNodeContainer of, String name) {
        return of.getChildNodes().stream()
                .filter(one -> one.getQName().getLocalName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name));
    }

    private static DataNodeContainer list(DataNodeContainer of, String name) {
        return (DataNodeContainer) child(of, name);
    }

    // --- names and numbers

    private static Map<String, Integer> numbers(TypeDefinition<?> type) {
        var found = new TreeMap<String, Integer>();
        switch (type) {
            case UnionTypeDefinition union ->
                    union.getTypes().forEach(each -> found.putAll(numbers(each)));
            case EnumTypeDefinition all ->
                    all.getValues().forEach(each -> found.put(each.getName(), each.getValue()));
            default -> throw new AssertionError(type);
        }
        return found;
    }

    private static Map<String, Integer> numbers(String typedef) {
        return Schema.context()
                .findModules("lagopus-routes")
                .iterator()
                .next()
                .getTypeDefinitions()
                .stream()
                .filter(type -> type.getQName().getLocalName().equals(typedef))
                .map(RoutesTest::numbers)
                .findFirst()
                .orElseThrow(() -> new AssertionError(typedef));
    }

    @Test
    void enumerationsHaveTheSameNamesAndNumbers() {
        assertThat(numbers("route-source"))
                .containsExactlyInAnyOrderEntriesOf(enums.get("route-source"));
        assertThat(numbers("next-hop-kind"))
                .containsExactlyInAnyOrderEntriesOf(enums.get("next-hop-kind"));
        var errors = new TreeMap<>(enums.get("error"));
        assertThat(errors.remove("ok")).isZero();
        assertThat(numbers("error")).containsExactlyInAnyOrderEntriesOf(errors);
        // What an owner may not have itself, as the worker holds it.
        var own = new TreeMap<>(enums.get("route-source"));
        own.keySet().removeAll(List.of("connected", "static", "local"));
        assertThat(numbers("volatile-source")).containsExactlyInAnyOrderEntriesOf(own);
    }

    // --- fields

    @Test
    void requestsAndRowsHaveTheSameFields() {
        for (var operation : List.of("add", "replace")) {
            var route = list(rpc(operation).getInput(), "route");
            same("route-set", route);
            same("next-hop", list(route, "next-hop"));
        }
        same("route-delete", list(rpc("delete").getInput(), "route"));
        same("routes-flush", rpc("flush").getInput(), "owner");
        same("dump", rpc("dump").getInput(), "owner");
        var entry = list(rpc("dump").getOutput(), "route");
        same("route-entry", entry);
        same("next-hop", list(entry, "next-hop"));
        var routes =
                Schema.context()
                        .findModules("lagopus-routes")
                        .iterator()
                        .next()
                        .getChildNodes()
                        .stream()
                        .map(DataNodeContainer.class::cast)
                        .findFirst()
                        .orElseThrow();
        same("owner-entry", list(routes, "owner"));
        // All of them are active.
        assertThat(names(list(routes, "forwarding")))
                .containsExactlyInAnyOrderElementsOf(
                        names(entry).stream().filter(name -> !name.equals("active")).toList());
        same("next-hop", list(list(routes, "forwarding"), "next-hop"));
    }

    private static List<String> names(DataNodeContainer node) {
        return node.getChildNodes().stream().map(one -> one.getQName().getLocalName()).toList();
    }

    /// @param more leaves that the header of a message has, or that only the model has
    private static void same(String message, DataNodeContainer node, String... more) {
        var expected = new ArrayList<>(List.of(more));
        Objects.requireNonNull(messages.get(message), message)
                .forEach((field, type) -> {
                    var leaf = OTHERWISE.getOrDefault(message + "." + field, field);
                    if (leaf.isEmpty()) {
                        return;
                    }
                    expected.add(leaf);
                    if (child(node, leaf) instanceof TypedDataSchemaNode typed
                            && !leaf.equals("scope")) {
                        sameType(message + "." + field, field, type, typed.getType());
                    }
                });
        assertThat(node.getChildNodes())
                .extracting(DataSchemaNode::getQName)
                .extracting(QName::getLocalName)
                .as(message)
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    private static void sameType(
            String what, String field, String type, TypeDefinition<?> modelled) {
        var expected =
                switch (type) {
                    case String _ when NAMED.contains(field) -> StringTypeDefinition.class;
                    case "u8" -> Uint8TypeDefinition.class;
                    case "u32" ->
                            // ring.msg: 1..255
                            field.equals("weight")
                                    ? Uint8TypeDefinition.class
                                    : Uint32TypeDefinition.class;
                    case "u64" -> Uint64TypeDefinition.class;
                    case "bool" -> BooleanTypeDefinition.class;
                    case "ip6" -> UnionTypeDefinition.class;
                    case String text when text.startsWith("text") -> StringTypeDefinition.class;
                    case "route-source" -> null;
                    case "next-hop-kind", "table" -> EnumTypeDefinition.class;
                    default -> throw new AssertionError(what + " is a " + type);
                };
        if (expected == null) {
            assertThat(enums.get(type)).as(what).containsAllEntriesOf(numbers(modelled));
        } else {
            assertThat(modelled).as(what).isInstanceOf(expected);
        }
    }
}
