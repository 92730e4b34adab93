package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.ValueNode;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONCodec;
import org.opendaylight.yangtools.yang.data.util.DataSchemaContext;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// Whether stored values are of the types the model has now: each is written as text and read back.
/// Values from a northbound were read by their type in the first place.
final class TypeCheck {
    private final Model model;
    private final SchemaInferenceStack stack;
    private final List<DataError> errors = new ArrayList<>();

    TypeCheck(Model model) {
        this.model = model;
        stack = SchemaInferenceStack.of(model.context());
    }

    List<DataError> of(ContainerNode root) {
        node(root, model.tree().getRoot(), stack, YangInstanceIdentifier.of());
        return errors;
    }

    private void node(
            NormalizedNode node,
            DataSchemaContext at,
            SchemaInferenceStack where,
            YangInstanceIdentifier path) {
        if (node instanceof DistinctNodeContainer<?, ?> container
                && at instanceof DataSchemaContext.Composite composite) {
            for (var child : container.body()) {
                var copy = where.copy();
                var below = composite.enterChild(copy, child.name());
                if (below != null) {
                    node(child, below, copy, path.node(child.name()));
                }
            }
        } else if (node instanceof ValueNode<?> value
                && at.dataSchemaNode() instanceof TypedDataSchemaNode leaf
                && !fits(model.json().codecFor(leaf, where), value.body())) {
            errors.add(
                    DataError.at(
                            path,
                            ErrorTag.INVALID_VALUE,
                            "'%s' is no value of %s"
                                    .formatted(value.body(), leaf.getQName().getLocalName())));
        }
    }

    @SuppressWarnings("unchecked")
    static boolean fits(JSONCodec<?> codec, Object value) {
        try {
            var same = (JSONCodec<Object>) codec;
            return Objects.deepEquals(same.parseValue(same.unparseValue(value).rawString()), value);
        } catch (IllegalArgumentException | IllegalStateException | ClassCastException e) {
            return false;
        }
    }
}
