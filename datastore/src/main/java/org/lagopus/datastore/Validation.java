package org.lagopus.datastore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;

/// What must hold when data becomes running (RFC 7950 §8.3.3): mandatory nodes, numbers of
/// elements, references. Everything that is wrong is told at once.
///
/// Only the change is walked, so the cost follows it. A node whose presence depends on a `when` is
/// not demanded: whether the condition holds is not evaluated, and a demand without its condition
/// would refuse what is right.
final class Validation {
    private final Deque<PathArgument> trail = new ArrayDeque<>();
    private final List<DataError> errors = new ArrayList<>();
    private final References references;

    private Validation(NormalizedNode after) {
        references = new References(after);
    }

    /// Empty when what the change leads to is valid, given that what it comes from is.
    static List<DataError> of(SchemaNode schema, DataTreeCandidateNode change) {
        var after = change.dataAfter();
        if (after == null) {
            throw new IllegalArgumentException("the root cannot go");
        }
        var validation = new Validation(after);
        validation.changed(schema, change);
        validation.errors.addAll(validation.references.check());
        return validation.errors;
    }

    /// Of a whole tree, as if all of it were new.
    static List<DataError> of(SchemaNode schema, NormalizedNode root) {
        var validation = new Validation(root);
        validation.came(schema, root);
        validation.errors.addAll(validation.references.check());
        return validation.errors;
    }

    private void changed(SchemaNode schema, DataTreeCandidateNode change) {
        var before = change.dataBefore();
        var after = change.dataAfter();
        if (before == null && after != null) {
            came(schema, after);
        } else if (before != null && after == null) {
            went(schema, before);
        } else if (before != null && after != null) {
            if (after instanceof DistinctNodeContainer<?, ?>) {
                for (var child : change.childNodes()) {
                    inside(schema, child.name(), below -> changed(below, child));
                }
                check(schema, after);
            } else {
                references.went(schema, trail, before);
                references.came(schema, trail, after);
            }
        }
    }

    private void came(SchemaNode schema, NormalizedNode node) {
        if (!schema.constrained) {
            return;
        }
        if (node instanceof DistinctNodeContainer<?, ?> container) {
            for (var child : container.body()) {
                inside(schema, child.name(), below -> came(below, child));
            }
            check(schema, node);
        } else {
            references.came(schema, trail, node);
        }
    }

    private void went(SchemaNode schema, NormalizedNode node) {
        if (!schema.watched) {
            return;
        }
        if (node instanceof DistinctNodeContainer<?, ?> container) {
            for (var child : container.body()) {
                inside(schema, child.name(), below -> went(below, child));
            }
        } else {
            references.went(schema, trail, node);
        }
    }

    private void inside(SchemaNode schema, PathArgument step, Consumer<SchemaNode> visit) {
        var below = schema.child(step);
        if (below != null) {
            trail.addLast(step);
            visit.accept(below);
            trail.removeLast();
        }
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
        if (child.conditional) {
            return;
        }
        trail.addLast(step);
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
        trail.removeLast();
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
            trail.removeLast();
            errors.add(
                    new DataError(
                            ErrorType.APPLICATION,
                            ErrorTag.DATA_MISSING,
                            "missing-choice",
                            here(),
                            "choice %s is mandatory, and none of its cases is there"
                                    .formatted(local(choice)),
                            Map.of("missing-choice", local(choice))));
            trail.addLast(choice.id);
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
