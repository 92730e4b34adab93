package org.lagopus.datastore.access;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;

/// A place in the data as the rules of one user see it: which of them hold here, and which lead
/// further down. All entries of a list that no rule names are one place, so there are as many
/// places as the model has nodes and the rules name entries; each is made when somebody first goes
/// there, and then kept.
///
/// Going down costs a look at a table. What may be done at a place is known when it is made, and so
/// is whether that is the same for all below it.
final class Scope {
    /// A rule whose path has matched so far.
    private record Pending(int order, Rule rule, NodePath path, int next) {
        NodePath.Step step() {
            return path.steps().get(next);
        }

        boolean ends() {
            return next == path.steps().size();
        }

        /// What it permits is shown where what stands above may not be read.
        boolean opens() {
            return rule.permit() && rule.isFor(Operation.READ);
        }

        Pending further() {
            return new Pending(order, rule, path, next + 1);
        }
    }

    /// A rule that holds here and below.
    private record Holding(int order, Rule rule) {}

    private final Policy policy;
    private final Shape shape;

    /// In the order of the rules.
    private final List<Holding> holding;

    private final List<Pending> pending;
    private final int allowed;
    private final int allowedBelow;
    private final boolean opens;
    private final Map<QName, Scope> children = new ConcurrentHashMap<>();
    private volatile @Nullable Entries entries;

    private Scope(Policy policy, Shape shape, List<Holding> holding, List<Pending> pending) {
        this.policy = policy;
        this.shape = shape;
        this.holding = holding;
        this.pending = pending;
        int here = 0;
        int below = 0;
        boolean reading = false;
        for (var operation : Operation.values()) {
            if (decide(operation, shape.module, shape.closed, shape.readOnly)) {
                here |= operation.bit;
                if (isSameBelow(operation)) {
                    below |= operation.bit;
                }
            }
        }
        for (var rule : pending) {
            reading |= rule.opens();
        }
        allowed = here;
        allowedBelow = below;
        opens = reading;
    }

    /// Where the paths begin.
    ///
    /// @param rules in their order, with the paths of those that have one
    static Scope root(Policy policy, Shape shape, Map<Rule, NodePath> rules) {
        var holding = new ArrayList<Holding>();
        var pending = new ArrayList<Pending>();
        int order = 0;
        for (var rule : rules.entrySet()) {
            var at = new Pending(order++, rule.getKey(), rule.getValue(), 0);
            if (at.ends()) {
                holding.add(new Holding(at.order, at.rule));
            } else {
                pending.add(at);
            }
        }
        return at(policy, shape, holding, pending);
    }

    /// Rules behind one that decides everything are never asked, but for the ways that they open,
    /// nor those for modules that are not here.
    private static Scope at(
            Policy policy, Shape shape, List<Holding> holding, List<Pending> pending) {
        int last =
                holding.stream()
                        .filter(one -> one.rule.isForEverything())
                        .mapToInt(Holding::order)
                        .min()
                        .orElse(Integer.MAX_VALUE);
        return new Scope(
                policy,
                shape,
                holding.stream()
                        .filter(one -> one.order <= last)
                        .filter(one -> shape.modules.stream().anyMatch(one.rule::isOf))
                        .toList(),
                pending.stream().filter(one -> one.order < last || one.opens()).toList());
    }

    Shape.Kind kind() {
        return shape.kind;
    }

    boolean allows(Operation operation) {
        return (allowed & operation.bit) != 0;
    }

    /// It is allowed here and everywhere below, whatever data there is.
    boolean allowsAll(Operation operation) {
        return (allowedBelow & operation.bit) != 0;
    }

    /// What may not be read may have something in it that may: a rule that permits it names its
    /// path.
    boolean opens() {
        return opens;
    }

    /// True if it is there for who may not read it for the sake of what is in it.
    boolean isFrame() {
        return shape.kind.isBetween() || !allows(Operation.READ) && opens;
    }

    private boolean decide(Operation operation, String module, boolean closed, boolean readOnly) {
        for (var one : holding) {
            if (one.rule.isFor(operation) && one.rule.isOf(module)) {
                return one.rule.permit();
            }
        }
        return byDefault(operation, closed, readOnly);
    }

    /// RFC 8341 §3.4.5 steps 9 to 12.
    private boolean byDefault(Operation operation, boolean closed, boolean readOnly) {
        return switch (operation) {
            case READ, EXEC -> !closed && policy.byDefault(operation);
            case CREATE, UPDATE, DELETE -> !closed && !readOnly && policy.byDefault(operation);
        };
    }

    private boolean isSameBelow(Operation operation) {
        for (var rule : pending) {
            if (!rule.rule.permit() && rule.rule.isFor(operation)) {
                return false;
            }
        }
        boolean closed = shape.closed || shape.closedBelow;
        boolean readOnly = shape.readOnly || shape.readOnlyBelow;
        for (var module : shape.modules) {
            if (!decide(operation, module, closed, readOnly)) {
                return false;
            }
        }
        return true;
    }

    /// Null for what the model does not have.
    @Nullable Scope child(PathArgument step) {
        if (shape.kind == Shape.Kind.LIST || shape.kind == Shape.Kind.LEAF_LIST) {
            return entries().of(step);
        }
        var name = step.getNodeType();
        var known = children.get(name);
        if (known != null) {
            return known;
        }
        var below = shape.child(name);
        if (below == null) {
            return null;
        }
        var made =
                below.kind.isBetween()
                        ? new Scope(policy, below, holding, pending)
                        : further(
                                below,
                                pending.stream()
                                        .filter(p -> p.step().name().equals(name))
                                        .toList());
        var first = children.putIfAbsent(name, made);
        return first == null ? made : first;
    }

    /// The place that some of the paths lead to by their next step.
    private Scope further(Shape below, Collection<Pending> matching) {
        if (matching.isEmpty()) {
            return at(policy, below, holding, List.of());
        }
        var held = new ArrayList<>(holding);
        var on = new ArrayList<Pending>();
        for (var one : matching) {
            var next = one.further();
            if (next.ends()) {
                held.add(new Holding(next.order, next.rule));
            } else {
                on.add(next);
            }
        }
        held.sort(Comparator.comparingInt(Holding::order));
        return at(policy, below, held, on);
    }

    /// Whether an action or a notification may be used that stands in this node.
    boolean allows(Operation operation, QName name, String module, boolean closed) {
        var all = new ArrayList<>(holding);
        for (var one : pending) {
            if (one.step().name().equals(name) && one.further().ends()) {
                all.add(new Holding(one.order, one.rule));
            }
        }
        return all.stream()
                .filter(one -> one.rule.isFor(operation) && one.rule.isOf(module))
                .min(Comparator.comparingInt(Holding::order))
                .map(one -> one.rule.permit())
                .orElseGet(() -> byDefault(operation, closed || shape.closed, false));
    }

    /// Where a path leads, down to it; null where something above it may not be read.
    @Nullable Scope find(YangInstanceIdentifier path) {
        Scope at = this;
        for (var step : path.getPathArguments()) {
            if (!at.shape.kind.isBetween() && !at.allows(Operation.READ) && !at.opens) {
                return null;
            }
            at = at.child(step);
            if (at == null) {
                return null;
            }
        }
        return at;
    }

    /// Of a list or leaf-list.
    Entries entries() {
        var known = entries;
        if (known == null) {
            known = new Entries();
            entries = known;
        }
        return known;
    }

    /// The entries of a list, or the values of a leaf-list: those that paths name, and all others.
    final class Entries {
        private final Shape entry;
        private final List<Pending> ofAll = new ArrayList<>();

        /// By the keys that they name and the values they give them.
        private final Map<List<QName>, Map<List<Object>, List<Pending>>> named =
                new LinkedHashMap<>();

        /// By the orders of the rules that lead there.
        private final Map<List<Integer>, Scope> made = new ConcurrentHashMap<>();

        private final Scope others;

        private Entries() {
            var name = shape.name;
            entry = Objects.requireNonNull(shape.child(name));
            for (var one : pending) {
                var step = one.step();
                if (!step.name().equals(name)) {
                    continue;
                }
                if (step.values().isEmpty()) {
                    ofAll.add(one);
                } else {
                    var keys = keys(step.values().keySet());
                    named.computeIfAbsent(keys, _ -> new HashMap<>())
                            .computeIfAbsent(
                                    keys.stream().map(step.values()::get).toList(),
                                    _ -> new ArrayList<>())
                            .add(one);
                }
            }
            others = further(entry, ofAll);
        }

        /// In one order for all rules.
        private List<QName> keys(Set<QName> of) {
            return shape.kind == Shape.Kind.LEAF_LIST
                    ? List.copyOf(of)
                    : shape.keys.stream().filter(of::contains).toList();
        }

        /// All that no path names.
        Scope others() {
            return others;
        }

        /// Whether some of them are a place of their own.
        boolean areAlike() {
            return named.isEmpty();
        }

        /// The entries that have a place of their own, if each of them is named by all of its keys;
        /// null otherwise.
        @Nullable List<PathArgument> allNamed() {
            var all = new ArrayList<PathArgument>();
            for (var group : named.entrySet()) {
                if (shape.kind == Shape.Kind.LIST && !group.getKey().equals(shape.keys)) {
                    return null;
                }
                for (var values : group.getValue().keySet()) {
                    if (shape.kind == Shape.Kind.LEAF_LIST) {
                        all.add(new NodeWithValue<>(shape.name, values.getFirst()));
                    } else {
                        var keys = new LinkedHashMap<QName, Object>();
                        for (int i = 0; i < shape.keys.size(); i++) {
                            keys.put(shape.keys.get(i), values.get(i));
                        }
                        all.add(NodeIdentifierWithPredicates.of(shape.name, keys));
                    }
                }
            }
            return all;
        }

        Scope of(PathArgument step) {
            if (named.isEmpty()) {
                return others;
            }
            @Nullable List<Pending> matching = null;
            for (var group : named.entrySet()) {
                var found = group.getValue().get(values(step, group.getKey()));
                if (found != null) {
                    if (matching == null) {
                        matching = new ArrayList<>(ofAll);
                    }
                    matching.addAll(found);
                }
            }
            if (matching == null) {
                return others;
            }
            var all = matching;
            return made.computeIfAbsent(
                    all.stream().map(Pending::order).toList(), _ -> further(entry, all));
        }

        private static List<Object> values(PathArgument step, List<QName> keys) {
            return switch (step) {
                case NodeIdentifierWithPredicates one when keys.size() == 1 -> {
                    var value = one.getValue(keys.getFirst());
                    yield value == null ? List.of() : List.of(value);
                }
                case NodeIdentifierWithPredicates one -> {
                    var all = new ArrayList<Object>(keys.size());
                    for (var key : keys) {
                        var value = one.getValue(key);
                        if (value != null) {
                            all.add(value);
                        }
                    }
                    yield all;
                }
                case NodeWithValue<?> one -> List.of(one.getValue());
                default -> List.of();
            };
        }
    }
}
