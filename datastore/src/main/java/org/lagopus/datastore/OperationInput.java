package org.lagopus.datastore;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.UnkeyedListNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.model.api.CaseSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ChoiceSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ContainerSchemaNode;
import org.opendaylight.yangtools.yang.model.api.DataNodeContainer;
import org.opendaylight.yangtools.yang.model.api.DataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ElementCountConstraintAware;
import org.opendaylight.yangtools.yang.model.api.ListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.MandatoryAware;

/// Holds the input of an operation to what its module demands (RFC 7950 §7.14.2): parameters that
/// must be there, and numbers of elements. Nodes that a `when` makes conditional are left to the
/// operation.
final class OperationInput {
    private final Model model;

    private OperationInput(Model model) {
        this.model = model;
    }

    static void check(Model model, DataNodeContainer schema, DataContainerNode input)
            throws DatastoreException {
        new OperationInput(model).children(schema, input);
    }

    private void children(DataNodeContainer schema, DataContainerNode data)
            throws DatastoreException {
        for (var child : schema.getChildNodes()) {
            if (child.getWhenCondition().isEmpty()
                    && model.implemented(child.getQName().getModule())) {
                child(child, data.childByArg(NodeIdentifier.create(child.getQName())));
            }
        }
    }

    private void child(DataSchemaNode schema, @Nullable NormalizedNode data)
            throws DatastoreException {
        if (data == null && schema instanceof MandatoryAware aware && aware.isMandatory()) {
            throw missing(schema);
        }
        if (schema instanceof ElementCountConstraintAware counted) {
            count(schema, counted, data);
        }
        switch (schema) {
            case ContainerSchemaNode container when data instanceof DataContainerNode there ->
                    children(container, there);
            case ContainerSchemaNode container when !container.isPresenceContainer() ->
                    // It need not be written, and may still demand something.
                    children(
                            container,
                            ImmutableNodes.newContainerBuilder()
                                    .withNodeIdentifier(NodeIdentifier.create(container.getQName()))
                                    .build());
            case ListSchemaNode list when data instanceof MapNode entries -> {
                for (var entry : entries.body()) {
                    children(list, entry);
                }
            }
            case ListSchemaNode list when data instanceof UnkeyedListNode entries -> {
                for (var entry : entries.body()) {
                    children(list, entry);
                }
            }
            case ChoiceSchemaNode choice when data instanceof DataContainerNode there -> {
                for (CaseSchemaNode one : choice.getCases()) {
                    if (there.body().stream()
                            .anyMatch(node ->
                                    one.dataChildByName(node.name().getNodeType()) != null)) {
                        children(one, there);
                    }
                }
            }
            default -> {
                // nothing below it
            }
        }
    }

    private static void count(
            DataSchemaNode schema,
            ElementCountConstraintAware counted,
            @Nullable NormalizedNode data)
            throws DatastoreException {
        int size = data instanceof NormalizedNodeContainer<?> several ? several.size() : 0;
        var limits = counted.getElementCountConstraint().orElse(null);
        if (limits == null) {
            return;
        }
        var least = limits.getMinElements();
        var most = limits.getMaxElements();
        if (least != null && size < least) {
            throw count(schema, "too-few-elements", size, "at least " + least);
        }
        if (most != null && size > most) {
            throw count(schema, "too-many-elements", size, "at most " + most);
        }
    }

    private static DatastoreException count(
            DataSchemaNode schema, String appTag, int size, String wanted) {
        return new DatastoreException(
                DataError.of(
                                ErrorTag.OPERATION_FAILED,
                                "%s has %d elements, and there have to be %s"
                                        .formatted(local(schema), size, wanted))
                        .withAppTag(appTag));
    }

    private static DatastoreException missing(DataSchemaNode schema) {
        return new DatastoreException(
                schema instanceof ChoiceSchemaNode
                        ? new DataError(
                                ErrorType.APPLICATION,
                                ErrorTag.DATA_MISSING,
                                "missing-choice",
                                null,
                                "choice %s is mandatory, and none of its cases is there"
                                        .formatted(local(schema)),
                                Map.of("missing-choice", local(schema)))
                        : DataError.of(ErrorTag.MISSING_ELEMENT, "the input lacks " + local(schema))
                                .withInfo("bad-element", local(schema)));
    }

    private static String local(DataSchemaNode schema) {
        return schema.getQName().getLocalName();
    }
}
