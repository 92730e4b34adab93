package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.xpath.Expr;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.model.api.type.IdentityrefTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.UnionTypeDefinition;

/// Which nodes of the model a rule looks at, found by walking its expression over the model instead
/// of over data.
final class Dependencies {
    /// A node of the model as the expression has come to it.
    ///
    /// @param anchor the highest node on the way: what is below one instance of it does not look at
    ///   what is below another
    /// @param entered the list entry that the way goes through by its keys, if it does
    private record Spot(SchemaNode node, SchemaNode anchor, Rule.@Nullable Entered entered) {
        static Spot of(SchemaNode node) {
            return new Spot(node, node, null);
        }

        /// Further down.
        Spot child(SchemaNode child) {
            return new Spot(child, anchor, entered);
        }

        Spot parent(SchemaNode parent) {
            boolean isInside = entered != null && parent.depth >= entered.list().depth;
            return new Spot(
                    parent,
                    parent.depth < anchor.depth ? parent : anchor,
                    isInside ? entered : null);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Spot spot
                    && spot.node == node
                    && spot.anchor == anchor
                    && Objects.equals(spot.entered, entered);
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(node) + System.identityHashCode(anchor);
        }
    }

    private final Rule rule;
    private final SchemaNode root;
    private final Set<Spot> origin;
    private final Set<Spot> read = new HashSet<>();

    private Dependencies(Rule rule, SchemaNode root, Set<Spot> origin) {
        this.rule = rule;
        this.root = root;
        this.origin = origin;
    }

    /// Hangs the rule on every node it looks at.
    static void link(Rule rule, SchemaNode root) {
        var ask = rule.ask();
        if (ask != null) {
            var start = rule.ofParent() ? rule.holder().dataParent() : rule.holder();
            if (start != null) {
                var spots = Set.of(Spot.of(start));
                var walk = new Dependencies(rule, root, spots);
                walk.texts(walk.walk(ask.root(), spots, spots));
            }
        }
    }

    private Set<Spot> walk(Expr expression, Set<Spot> from, Set<Spot> current) {
        return switch (expression) {
            case Expr.Literal _, Expr.Constant _ -> Set.of();
            case Expr.Negated(var of) -> {
                texts(walk(of, from, current));
                yield Set.of();
            }
            case Expr.Binary(_, var left, var right) -> {
                texts(walk(left, from, current));
                texts(walk(right, from, current));
                yield Set.of();
            }
            case Expr.And(var all) -> {
                all.forEach(one -> walk(one, from, current));
                yield Set.of();
            }
            case Expr.Or(var any) -> {
                any.forEach(one -> walk(one, from, current));
                yield Set.of();
            }
            case Expr.Union(var of) -> {
                var all = new LinkedHashSet<Spot>();
                of.forEach(one -> all.addAll(walk(one, from, current)));
                yield all;
            }
            case Expr.Call(var function, var arguments) -> call(function, arguments, from, current);
            case Expr.Filtered(var of, var predicates) -> {
                var found = walk(of, from, current);
                predicates.forEach(predicate -> texts(walk(predicate, found, current)));
                yield found;
            }
            case Expr.Path(var start, var absolute, var steps) ->
                    steps(
                            steps,
                            start != null
                                    ? walk(start, from, current)
                                    : absolute ? Set.of(Spot.of(root)) : from,
                            current);
        };
    }

    private Set<Spot> call(
            String function, List<Expr> arguments, Set<Spot> from, Set<Spot> current) {
        var given = new LinkedHashSet<Spot>();
        for (var argument : arguments) {
            given.addAll(walk(argument, from, current));
        }
        switch (function) {
            case "current" -> {
                return current;
            }
            case "deref" -> {
                var found = new LinkedHashSet<Spot>();
                for (var spot : given) {
                    for (var path : spot.node().paths) {
                        var start = Set.of(spot);
                        found.addAll(walk(path.root(), start, start));
                    }
                    if (spot.node().isInstanceIdentifier()) {
                        below(Spot.of(root), found::add);
                    }
                }
                found.forEach(this::read);
                return found;
            }
            case "count", "boolean", "not", "position", "last" -> {}
            case "string", "number", "string-length", "normalize-space" ->
                    texts(given.isEmpty() ? from : given);
            default -> texts(given);
        }
        return Set.of();
    }

    private Set<Spot> steps(List<Expr.Step> steps, Set<Spot> from, Set<Spot> current) {
        var here = from;
        for (var step : steps) {
            var next = new LinkedHashSet<Spot>();
            for (var spot : here) {
                step(step, spot, next, current);
            }
            for (var predicate : step.predicates()) {
                texts(walk(predicate, next, current));
            }
            here = next;
        }
        return here;
    }

    private void step(Expr.Step step, Spot spot, Set<Spot> found, Set<Spot> current) {
        var all = new ArrayList<Spot>();
        switch (step.axis()) {
            case SELF -> all.add(spot);
            case CHILD -> {
                if (spot.node().isLeaf()) {
                    all.add(spot);
                }
                spot.node()
                        .dataChildren()
                        .forEach(c -> all.add(entered(step, spot.child(c), current)));
            }
            case PARENT -> up(spot, all, false);
            case ANCESTOR -> up(spot, all, true);
            case ANCESTOR_OR_SELF -> {
                all.add(spot);
                up(spot, all, true);
            }
            case DESCENDANT -> below(spot, all::add);
            case DESCENDANT_OR_SELF -> {
                all.add(spot);
                below(spot, all::add);
            }
            case FOLLOWING_SIBLING, PRECEDING_SIBLING -> {
                var above = new ArrayList<Spot>();
                up(spot, above, false);
                above.forEach(p -> p.node().dataChildren().forEach(c -> all.add(p.child(c))));
            }
            case FOLLOWING, PRECEDING -> below(Spot.of(root), all::add);
            case ATTRIBUTE, NAMESPACE -> {}
        }
        for (var one : all) {
            if (passes(step.test(), one.node()) && found.add(one)) {
                read(one);
            }
        }
    }

    /// The text of a leaf has no node of its own in the model.
    private static boolean passes(Expr.Test test, SchemaNode node) {
        return test instanceof Expr.Test.AnyText ? node.isLeaf() : test.takes(node.name());
    }

    /// The spot as it is behind `list[key = value]`, where the values are those of the holder or
    /// the same for all. One that is found by a holder's value is better than one found by a text,
    /// and of two such the outer one is known of more nodes.
    private Spot entered(Expr.Step step, Spot spot, Set<Spot> current) {
        var list = spot.node();
        boolean isBetter = spot.entered() == null || spot.entered().site() == null;
        if (step.keys().isEmpty()
                || current != origin
                || list.kind != SchemaNode.Kind.ENTRY
                || !isBetter) {
            return spot;
        }
        var texts = new HashMap<QName, String>();
        var sources = new LinkedHashMap<QName, Source>();
        for (var key : step.keys()) {
            for (var name : list.keys) {
                if (key.child().takes(name)) {
                    if (key.value() instanceof Expr.Literal(var text)
                            && hasOneText(list.children.get(name), text)) {
                        texts.put(name, text);
                    }
                    var source = source(key.value());
                    if (source != null) {
                        sources.putIfAbsent(name, source);
                    }
                }
            }
        }
        var site = site(sources, spot.anchor());
        return site == null && (texts.isEmpty() || spot.entered() != null)
                ? spot
                : new Spot(list, spot.anchor(), new Rule.Entered(list, Map.copyOf(texts), site));
    }

    /// The name of an identity has as many texts as there are prefixes, and so may have that of an
    /// enumeration.
    private static boolean hasOneText(@Nullable SchemaNode key, String text) {
        return key != null
                && text.indexOf(':') < 0
                && !(key.type instanceof IdentityrefTypeDefinition)
                && !(key.type instanceof UnionTypeDefinition);
    }

    /// A leaf that belongs to the holder alone.
    ///
    /// @param top the highest node on the way to it
    private record Source(SchemaNode top, SchemaNode leaf) {}

    /// `current()`, or a path from there that neither leaves nor enters a list.
    private @Nullable Source source(Expr value) {
        var start = origin.iterator().next().node();
        @Nullable SchemaNode at = start;
        var top = start;
        if (value instanceof Expr.Path(var from, _, var steps) && isCurrent(from)) {
            boolean down = false;
            for (var step : steps) {
                boolean plain = step.predicates().isEmpty();
                if (plain && step.axis() == Expr.Axis.PARENT && !down && !isInList(at)) {
                    at = at.dataParent();
                    top = at == null ? top : at;
                } else if (plain && step.axis() == Expr.Axis.CHILD) {
                    down = true;
                    at = at.dataChild(step.test());
                    at = at == null || isInList(at) ? null : at;
                } else if (!plain || step.axis() != Expr.Axis.SELF) {
                    return null;
                }
                if (at == null) {
                    return null;
                }
            }
        } else if (!isCurrent(value)) {
            return null;
        }
        return at.isLeaf() && isSteady(at) ? new Source(top, at) : null;
    }

    private static boolean isCurrent(@Nullable Expr value) {
        return value instanceof Expr.Call(var function, _) && function.equals("current");
    }

    private static boolean isInList(SchemaNode node) {
        return node.kind == SchemaNode.Kind.ENTRY || node.kind == SchemaNode.Kind.VALUE;
    }

    /// Whether the value changes only when something is written at the leaf: a default that is in
    /// use on a condition may depend on anything.
    static boolean isSteady(SchemaNode leaf) {
        if (leaf.defaults.isEmpty()) {
            return true;
        }
        for (@Nullable SchemaNode at = leaf;
                at != null && !at.kind.holdsTogether();
                at = at.parent) {
            if (!at.conditions().isEmpty() || at.kind == SchemaNode.Kind.CHOICE) {
                return false;
            }
        }
        return true;
    }

    private Indexed.@Nullable Site site(Map<QName, Source> sources, SchemaNode anchor) {
        @Nullable SchemaNode owner = null;
        for (var source : sources.values()) {
            owner = owner == null || source.top().depth < owner.depth ? source.top() : owner;
        }
        if (owner == null || anchor.depth >= owner.depth) {
            return null;
        }
        var parts = new ArrayList<Indexed.Site.Part>();
        for (var source : sources.entrySet()) {
            var way = new ArrayList<SchemaNode>();
            for (@Nullable SchemaNode at = source.getValue().leaf();
                    at != null && at != owner;
                    at = at.dataParent()) {
                way.addFirst(at);
            }
            parts.add(new Indexed.Site.Part(source.getKey(), List.copyOf(way)));
        }
        return new Indexed.Site(owner, anchor.depth, List.copyOf(parts));
    }

    private static void up(Spot spot, List<Spot> found, boolean toTheTop) {
        var parent = spot.node().dataParent();
        if (parent != null) {
            var next = spot.parent(parent);
            found.add(next);
            if (toTheTop) {
                up(next, found, true);
            }
        }
    }

    private static void below(Spot spot, Consumer<Spot> found) {
        for (var child : spot.node().dataChildren()) {
            var next = spot.child(child);
            found.accept(next);
            below(next, found);
        }
    }

    /// The text of what is no leaf is that of all below it.
    private void texts(Set<Spot> spots) {
        for (var spot : spots) {
            if (!spot.node().isLeaf()) {
                below(spot, this::read);
            }
        }
    }

    /// What is there by default depends on conditions and on cases in its turn.
    private void read(Spot spot) {
        if (!read.add(spot)) {
            return;
        }
        var node = spot.node();
        node.readers.add(new Rule.Reader(rule, spot.anchor(), spot.entered()));
        for (var condition : node.conditions()) {
            var ask = condition.ask();
            if (ask != null) {
                var start = new ArrayList<Spot>();
                if (condition.ofParent()) {
                    up(spot, start, false);
                } else {
                    start.add(spot);
                }
                var from = Set.copyOf(start);
                texts(walk(ask.root(), from, from));
            }
        }
        for (@Nullable SchemaNode at = node.parent;
                at != null && at.kind == SchemaNode.Kind.CHOICE;
                at = at.parent) {
            for (var other : at.dataChildren()) {
                var sibling = new Spot(other, spot.anchor(), spot.entered());
                read(sibling);
                below(sibling, this::read);
            }
        }
    }
}
