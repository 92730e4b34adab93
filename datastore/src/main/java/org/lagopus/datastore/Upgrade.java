package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

/// From a configuration that was written under other modules to one that this model takes: numbered
/// migrations first ([Migration]), then every node to its place ([Adaptation]), then what holds
/// between nodes ([Cutting]). What does not fit is cut, and the rest is valid.
///
/// The cost follows the size of the configuration.
final class Upgrade {
    /// @param root valid under the model, but for `remaining`
    /// @param migrations that were carried out, by file
    /// @param levels what has been carried out by now
    /// @param remaining what is wrong still: something mandatory is missing at the top
    record Outcome(
            ContainerNode root,
            List<Cut> cuts,
            List<String> migrations,
            Levels levels,
            List<DataError> remaining) {}

    /// The number of the last migration that was carried out, by module.
    record Levels(Map<String, Integer> byModule) {
        static final Levels NONE = new Levels(Map.of());

        Levels {
            byModule = Map.copyOf(byModule);
        }

        /// As records keep it, such as `lagopus-aaa=2,lagopus-dataplane=1`.
        static Levels parse(@Nullable String text) {
            var levels = new TreeMap<String, Integer>();
            if (text != null && !text.isEmpty()) {
                for (var one : text.split(",", -1)) {
                    int equals = one.indexOf('=');
                    levels.put(
                            one.substring(0, equals), Integer.valueOf(one.substring(equals + 1)));
                }
            }
            return new Levels(levels);
        }

        @Override
        public String toString() {
            return new TreeMap<>(byModule)
                    .entrySet().stream()
                            .map(one -> one.getKey() + "=" + one.getValue())
                            .collect(Collectors.joining(","));
        }

        boolean has(Migration migration) {
            return byModule.getOrDefault(migration.module(), 0) >= migration.number();
        }

        /// What there is for a box that had nothing before.
        static Levels of(List<Migration> migrations) {
            return NONE.with(migrations);
        }

        Levels with(List<Migration> migrations) {
            var levels = new TreeMap<>(byModule);
            migrations.forEach(one -> levels.merge(one.module(), one.number(), Math::max));
            return new Levels(levels);
        }
    }

    private Upgrade() {}

    static Outcome of(
            Model model, SchemaNode schema, Names names, ContainerNode stored, Levels levels) {
        var due = model.migrations().stream().filter(one -> !levels.has(one)).toList();
        var root = stored;
        for (var migration : due) {
            root = migration.apply(root, names);
        }
        var cuts = new ArrayList<Cut>();
        var adapted = new Adaptation(model, schema, names, cuts).of(root);
        var cutting = new Cutting(model, schema, names, cuts, adapted);
        var remaining = cutting.cut();
        return new Outcome(
                cutting.root(),
                List.copyOf(cuts),
                due.stream().map(Migration::file).toList(),
                levels.with(due),
                remaining);
    }
}
