package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;
import org.opendaylight.yangtools.yang.data.tree.api.ModificationType;

/// What must hold when data becomes running (RFC 7950 §8.3.3): mandatory nodes, numbers of
/// elements, references, `must`, `when`, `unique`. Everything that is wrong is told at once.
///
/// Only the change is walked, and of the rules elsewhere only those are asked that look at
/// something that changed: by [Index] those of the holders that look at just this entry, where the
/// expression says so. So the cost follows the change.
final class Validation {
    private final SchemaNode root;
    private final Index base;
    private final @Nullable NormalizedNode before;
    private final DataNode tree;
    private final References references;
    private final Unique unique;
    private final Set<DataError> errors = new LinkedHashSet<>();

    /// Where the walk is, and the nodes on the way as far as they were needed.
    private final List<PathArgument> trail = new ArrayList<>();

    private final List<@Nullable DataNode> spots = new ArrayList<>();

    /// Nodes that everything is asked of, because they came or changed.
    private final List<DataNode> asked = new ArrayList<>();

    /// What else is in question, and of which nodes.
    private final Map<DataNode, Set<Rule>> questions = new LinkedHashMap<>();

    private final Set<Rule> everywhere = new LinkedHashSet<>();
    private final Set<Region> regions = new LinkedHashSet<>();
    private final Set<Sighting> sightings = new LinkedHashSet<>();
    private final Set<DataNode> demanding = new LinkedHashSet<>();
    private final Set<YangInstanceIdentifier> obsolete = new LinkedHashSet<>();
    private final List<YangInstanceIdentifier> gone = new ArrayList<>();

    /// All holders of a rule below one node.
    private record Region(Rule rule, YangInstanceIdentifier under) {}

    /// The holders of a rule that look at one entry.
    private record Sighting(Rule rule, Indexed.Site site, Indexed.Key key) {}

    /// @param obsolete what was there and has to go, because a condition of it holds no more (RFC
    ///   7950 §8.2); nothing else is said as long as there is any
    record Outcome(List<DataError> errors, Set<YangInstanceIdentifier> obsolete) {}

    private Validation(
            SchemaNode root, Index base, @Nullable NormalizedNode before, NormalizedNode after) {
        this.root = root;
        this.base = base;
        this.before = before;
        tree = DataNode.of(root.model(), root, after);
        spots.add(tree);
        references = new References(base, tree, after);
        unique = new Unique(base, tree);
    }

    /// Empty when what the change leads to is valid, given that what it comes from is. What
    /// conditions exclude is taken for an error.
    static List<DataError> of(SchemaNode schema, Index base, DataTreeCandidateNode change) {
        var outcome = check(schema, base, change);
        var errors = new ArrayList<>(outcome.errors());
        outcome.obsolete().forEach(path -> errors.add(excluded(path)));
        return errors;
    }

    /// @param base of what the change comes from
    static Outcome check(SchemaNode schema, Index base, DataTreeCandidateNode change) {
        var after = change.dataAfter();
        if (after == null) {
            throw new IllegalArgumentException("the root cannot go");
        }
        var validation = new Validation(schema, base, change.dataBefore(), after);
        validation.changed(schema, change);
        return validation.outcome();
    }

    /// Of a whole tree, as if all of it were new.
    static List<DataError> of(SchemaNode schema, NormalizedNode root) {
        var validation = new Validation(schema, new Index(schema, Nodes.emptyRoot()), null, root);
        validation.came(schema, root, 0);
        return validation.outcome().errors();
    }

    private Outcome outcome() {
        for (var rule : everywhere) {
            affected(rule, tree);
        }
        for (var region : regions) {
            var under = tree.find(region.under().getPathArguments());
            if (under != null) {
                affected(region.rule(), under);
            }
        }
        for (var sighting : sightings) {
            for (var path : base.find(sighting.site(), sighting.key())) {
                var holder = tree.find(path.getPathArguments());
                if (holder != null) {
                    affected(sighting.rule(), holder);
                }
            }
        }
        for (var node : asked) {
            node.schema.conditions().forEach(rule -> when(rule, node));
        }
        questions.forEach((node, rules) ->
                rules.stream().filter(r -> r.kind() == Rule.Kind.WHEN).forEach(r -> when(r, node)));
        if (!obsolete.isEmpty()) {
            return new Outcome(List.of(), obsolete);
        }
        instances();
        for (var holder : demanding) {
            visit(holder.path(), () -> demand(holder.schema, holder.data()));
        }
        for (var node : asked) {
            node.schema.rules.forEach(rule -> ask(rule, node));
        }
        questions.forEach((node, rules) -> rules.forEach(rule -> ask(rule, node)));
        unique.check(errors::add);
        references.check(errors::add);
        return new Outcome(Violations.ordered(errors), Set.of());
    }

    private void affected(Rule rule, DataNode under) {
        var holder = rule.holder();
        if (rule.kind() == Rule.Kind.WHEN) {
            if (holder.demanded()) {
                @Nullable SchemaNode whole = holder.dataParent();
                while (whole != null && !whole.kind.holdsTogether() && whole.parent != null) {
                    whole = whole.dataParent();
                }
                if (whole != null && whole.depth >= under.schema.depth) {
                    under.each(whole, demanding::add);
                } else if (whole != null) {
                    @Nullable DataNode up = under;
                    while (up != null && up.schema != whole) {
                        up = up.parent();
                    }
                    if (up != null) {
                        demanding.add(up);
                    }
                }
            }
            if (holder.kind == SchemaNode.Kind.CHOICE) {
                return;
            }
        }
        if (under.schema.depth <= holder.depth) {
            under.each(holder, node -> question(node, rule));
        }
    }

    private void question(DataNode node, Rule rule) {
        if (!node.isAsked) {
            questions.computeIfAbsent(node, _ -> new LinkedHashSet<>(2)).add(rule);
        }
    }

    /// RFC 7950 §8.2, §8.3.2: what was there goes by itself, what comes is refused.
    private void when(Rule rule, DataNode node) {
        var ask = rule.ask();
        var context = rule.ofParent() ? node.parent() : node;
        if (ask == null || context == null || !node.isReal() || ask.holds(context)) {
            return;
        }
        var path = node.path();
        if (before != null && Nodes.find(before, path) != null) {
            obsolete.add(path);
        } else {
            errors.add(excluded(path));
        }
    }

    private static DataError excluded(YangInstanceIdentifier path) {
        var name = path.getLastPathArgument().getNodeType().getLocalName();
        return DataError.at(
                        path,
                        ErrorTag.UNKNOWN_ELEMENT,
                        "%s may not be here: its condition does not hold".formatted(name))
                .withInfo("bad-element", name);
    }

    private void ask(Rule rule, DataNode node) {
        switch (rule.kind()) {
            case WHEN -> {}
            case MUST -> must(rule, node);
            case LEAFREF -> {
                if (!node.refersToSomething()) {
                    errors.add(dangling(node));
                }
            }
            case INSTANCE -> {
                if (node.deref().isEmpty()) {
                    errors.add(dangling(node));
                }
            }
        }
    }

    /// RFC 7950 §15.5.
    private static DataError dangling(DataNode node) {
        return DataError.at(
                        node.path(),
                        ErrorTag.DATA_MISSING,
                        "%s refers to '%s', which does not exist"
                                .formatted(local(node.schema), node.text()))
                .withAppTag("instance-required");
    }

    /// RFC 7950 §7.5.4, §15.4.
    private void must(Rule rule, DataNode node) {
        var ask = rule.ask();
        var must = rule.must();
        if (ask == null || must == null || ask.holds(node)) {
            return;
        }
        errors.add(
                DataError.at(
                                node.path(),
                                ErrorTag.OPERATION_FAILED,
                                must.getErrorMessage()
                                        .orElseGet(() ->
                                                "%s breaks its rule: must \"%s\""
                                                        .formatted(local(node.schema), ask.text())))
                        .withAppTag(must.getErrorAppTag().orElse("must-violation")));
    }

    /// An instance-identifier may point at anything that has gone, or at something in it.
    private void instances() {
        for (var rule : root.instanceIdentifiers()) {
            var targets = new Indexed.Targets(rule.holder());
            for (var path : gone) {
                for (var holder : base.find(targets, path)) {
                    var node = tree.find(holder.getPathArguments());
                    if (node != null) {
                        question(node, rule);
                    }
                }
            }
        }
    }

    private void changed(SchemaNode schema, DataTreeCandidateNode change) {
        var old = change.dataBefore();
        var after = change.dataAfter();
        if (old == null && after != null) {
            came(schema, after, trail.size());
            return;
        }
        if (old != null && after == null) {
            gone.add(here());
            went(schema, old);
            return;
        }
        if (old == null || after == null) {
            return;
        }
        if (!(after instanceof DistinctNodeContainer<?, ?> container)) {
            read(schema, Integer.MAX_VALUE);
            question(schema);
            references.went(schema, trail, old.body());
            refer(schema);
            return;
        }
        for (var child : change.childNodes()) {
            inside(
                    schema,
                    child.name(),
                    below -> {
                        changed(below, child);
                        if (child.dataAfter() == null) {
                            byDefault(below);
                        }
                    });
        }
        if (schema.userOrdered && change.modificationType() == ModificationType.WRITE) {
            for (var child : container.body()) {
                inside(schema, child.name(), below -> read(below, Integer.MAX_VALUE));
            }
        }
        tuples(schema);
        check(schema, after);
    }

    /// Whoever looks at this node is in question, but for those that come with it.
    private void read(SchemaNode schema, int fresh) {
        for (var reader : schema.readers) {
            int depth = reader.anchor().depth;
            if (depth >= fresh) {
                continue;
            }
            var entered = reader.entered();
            if (entered != null && !entered.mayBe(trail, root.model())) {
                continue;
            }
            var site = entered == null ? null : entered.site();
            if (entered != null && site != null) {
                if (!base.of(site).isEmpty()) {
                    var key = site.key(entered.list(), trail, root.model());
                    sightings.add(new Sighting(reader.rule(), site, key));
                }
            } else if (depth == 0) {
                everywhere.add(reader.rule());
            } else {
                regions.add(
                        new Region(
                                reader.rule(),
                                YangInstanceIdentifier.of(List.copyOf(trail.subList(0, depth)))));
            }
        }
    }

    /// What is asked of this node itself.
    private void question(SchemaNode schema) {
        if (schema.rules.isEmpty() && schema.conditions().isEmpty()) {
            return;
        }
        var node = node(schema);
        if (node != null && !node.isAsked) {
            node.isAsked = true;
            asked.add(node);
        }
    }

    private void refer(SchemaNode leaf) {
        if (leaf.refers != null || !leaf.lookedAtBy.isEmpty() || !leaf.steers.isEmpty()) {
            var node = node(leaf);
            if (node != null) {
                references.came(node);
            }
        }
    }

    private void tuples(SchemaNode schema) {
        if (schema.kind == SchemaNode.Kind.ENTRY
                && schema.parent != null
                && !schema.parent.unique.isEmpty()) {
            var entry = node(schema);
            if (entry != null) {
                unique.changed(entry);
            }
        }
    }

    /// What is there without being written has its rules as well (RFC 7950 §7.5.3).
    private void byDefault(SchemaNode schema) {
        if (!schema.rulesByDefault) {
            return;
        }
        if (schema.kind == SchemaNode.Kind.LEAF_LIST) {
            var above = node(schema);
            if (above != null) {
                var value = schema.children().iterator().next();
                for (var node : above.instances(value)) {
                    value.rules.forEach(rule -> question(node, rule));
                }
            }
            return;
        }
        question(schema);
        if (schema.kind == SchemaNode.Kind.CONTAINER || schema.kind == SchemaNode.Kind.CHOICE) {
            for (var child : schema.children()) {
                inside(schema, child.id, this::byDefault);
            }
        }
    }

    /// @param fresh how deep the topmost node is that came with this one
    private void came(SchemaNode schema, NormalizedNode node, int fresh) {
        if (!schema.constrained) {
            return;
        }
        read(schema, fresh);
        question(schema);
        if (node instanceof DistinctNodeContainer<?, ?> container) {
            for (var child : container.body()) {
                inside(schema, child.name(), below -> came(below, child, fresh));
            }
            if (schema.rulesByDefault || schema.kind.holdsTogether() || schema.parent == null) {
                for (var child : schema.children()) {
                    if (child.rulesByDefault && Nodes.child(node, child.id) == null) {
                        inside(schema, child.id, this::byDefault);
                    }
                }
            }
            tuples(schema);
            check(schema, node);
        } else {
            refer(schema);
        }
    }

    private void went(SchemaNode schema, NormalizedNode node) {
        if (!schema.watched) {
            return;
        }
        read(schema, Integer.MAX_VALUE);
        if (node instanceof DistinctNodeContainer<?, ?> container) {
            for (var child : container.body()) {
                inside(schema, child.name(), below -> went(below, child));
            }
        } else {
            references.went(schema, trail, node.body());
        }
    }

    private void inside(SchemaNode schema, PathArgument step, Consumer<SchemaNode> visit) {
        var below = schema.child(step);
        if (below != null) {
            enter(step);
            visit.accept(below);
            leave();
        }
    }

    private void enter(PathArgument step) {
        trail.addLast(step);
        spots.addLast(null);
    }

    private void leave() {
        trail.removeLast();
        spots.removeLast();
    }

    /// Works at some other place than the walk is.
    private void visit(YangInstanceIdentifier path, Runnable work) {
        path.getPathArguments().forEach(this::enter);
        work.run();
        path.getPathArguments().forEach(_ -> leave());
    }

    /// The node where the walk is; where that is a list or a choice, the one it belongs to.
    private @Nullable DataNode node(SchemaNode schema) {
        var known = spots.get(schema.depth);
        if (known != null || schema.parent == null) {
            return known;
        }
        var above = node(schema.parent);
        var found =
                above == null
                        ? null
                        : switch (schema.kind) {
                            case LIST, LEAF_LIST, CHOICE -> above;
                            default -> above.get(schema, trail.get(schema.depth - 1));
                        };
        spots.set(schema.depth, found);
        return found;
    }

    private void check(SchemaNode schema, NormalizedNode node) {
        if (schema.max < Integer.MAX_VALUE && size(node) > schema.max) {
            errors.add(
                    error(
                            here(),
                            ErrorTag.OPERATION_FAILED,
                            "too-many-elements",
                            "%s has %d elements, at most %d are allowed"
                                    .formatted(local(schema), size(node), schema.max)));
        }
        if (schema.kind.holdsTogether() || schema.parent == null) {
            demand(schema, node);
        }
    }

    /// RFC 7950 §7.6.5, §7.7.5, §7.9.4: through containers that exist by themselves, and into the
    /// case that is there.
    private void demand(SchemaNode schema, @Nullable NormalizedNode node) {
        for (var child : schema.demanded) {
            demand(child, Nodes.child(node, child.id), child.id);
        }
    }

    private void demand(SchemaNode child, @Nullable NormalizedNode there, PathArgument step) {
        if (!isAllowed(child)) {
            return;
        }
        enter(step);
        switch (child.kind) {
            case CONTAINER -> demand(child, there);
            case CHOICE -> choice(child, there);
            case LIST, LEAF_LIST -> count(child, there);
            default -> {
                if (there == null) {
                    errors.add(
                            error(
                                    here(),
                                    ErrorTag.DATA_MISSING,
                                    null,
                                    "mandatory %s is missing".formatted(local(child))));
                }
            }
        }
        leave();
    }

    private boolean isAllowed(SchemaNode child) {
        if (child.conditions().isEmpty() || child.parent == null) {
            return true;
        }
        var parent = node(child.parent);
        return parent != null && parent.isAllowed(child);
    }

    private void choice(SchemaNode choice, @Nullable NormalizedNode node) {
        if (node instanceof DistinctNodeContainer<?, ?> container && !container.isEmpty()) {
            var first = choice.child(container.body().iterator().next().name());
            var active = first == null ? null : first.ofCase;
            for (var child : choice.demanded) {
                if (child.ofCase == active) {
                    demand(child, Nodes.child(node, child.id), child.id);
                }
            }
        } else if (choice.mandatory) {
            errors.add(
                    new DataError(
                            ErrorType.APPLICATION,
                            ErrorTag.DATA_MISSING,
                            "missing-choice",
                            YangInstanceIdentifier.of(
                                    List.copyOf(trail.subList(0, trail.size() - 1))),
                            "choice %s is mandatory, and none of its cases is there"
                                    .formatted(local(choice)),
                            Map.of("missing-choice", local(choice))));
        }
    }

    private void count(SchemaNode list, @Nullable NormalizedNode node) {
        int count = node == null ? 0 : size(node);
        if (count < list.min) {
            errors.add(
                    error(
                            here(),
                            ErrorTag.OPERATION_FAILED,
                            "too-few-elements",
                            "%s has %d elements, at least %d are needed"
                                    .formatted(local(list), count, list.min)));
        }
    }

    private static int size(NormalizedNode node) {
        return node instanceof DistinctNodeContainer<?, ?> container ? container.size() : 1;
    }

    private static String local(SchemaNode schema) {
        return schema.name().getLocalName();
    }

    private YangInstanceIdentifier here() {
        return YangInstanceIdentifier.of(List.copyOf(trail));
    }

    private static DataError error(
            YangInstanceIdentifier path, ErrorTag tag, @Nullable String appTag, String message) {
        var error = DataError.at(path, tag, message);
        return appTag == null ? error : error.withAppTag(appTag);
    }
}
