package org.lagopus.restconf;

import java.util.Optional;
import org.lagopus.datastore.DataError;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNodeContainer;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.model.api.CaseSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ChoiceSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ContainerSchemaNode;
import org.opendaylight.yangtools.yang.model.api.DataNodeContainer;
import org.opendaylight.yangtools.yang.model.api.DataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ElementCountConstraintAware;
import org.opendaylight.yangtools.yang.model.api.ListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.MandatoryAware;

/// What the input of an operation has to have (RFC 7950 §7.14.2): the datastore checks the
/// configuration, nobody else checks this. Nodes that a `when` makes conditional are left to the
/// operation.
final class Mandatory {
    private Mandatory() {}

    static void check(DataNodeContainer schema, DataContainerNode data) throws Refusal {
        for (var child : schema.getChildNodes()) {
            if (child.getWhenCondition().isEmpty()) {
                child(child, data);
            }
        }
    }

    private static void child(DataSchemaNode schema, DataContainerNode data) throws Refusal {
        var id = new NodeIdentifier(schema.getQName());
        Optional<DataContainerChild> child = Optional.ofNullable(data.childByArg(id));
        if (child.isEmpty() && schema instanceof MandatoryAware m && m.isMandatory()) {
            throw missing(schema);
        }
        if (schema instanceof ElementCountConstraintAware counted) {
            count(schema, counted, child);
        }
        switch (schema) {
            case ContainerSchemaNode container when child.isPresent() ->
                    check(container, (DataContainerNode) child.get());
            case ContainerSchemaNode container when !container.isPresenceContainer() ->
                    check(
                            container,
                            ImmutableNodes.newContainerBuilder().withNodeIdentifier(id).build());
            case ListSchemaNode list when child.orElse(null) instanceof MapNode entries -> {
                for (var entry : entries.body()) {
                    check(list, entry);
                }
            }
            case ChoiceSchemaNode choice when child.isPresent() -> {
                var content = (DataContainerNode) child.get();
                for (CaseSchemaNode one : choice.getCases()) {
                    if (content.body().stream()
                            .anyMatch(node ->
                                    one.findDataChildByName(node.name().getNodeType())
                                            .isPresent())) {
                        check(one, content);
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
            Optional<DataContainerChild> child)
            throws Refusal {
        int size = child.map(node -> ((NormalizedNodeContainer<?>) node).size()).orElse(0);
        var limits = counted.getElementCountConstraint();
        if (limits.isEmpty()) {
            return;
        }
        var min = limits.get().getMinElements();
        var max = limits.get().getMaxElements();
        if (min != null && size < min) {
            throw count(schema, "too-few-elements");
        }
        if (max != null && size > max) {
            throw count(schema, "too-many-elements");
        }
    }

    private static Refusal count(DataSchemaNode schema, String appTag) {
        return new Refusal(
                DataError.of(
                                ErrorTag.OPERATION_FAILED,
                                "%s has the wrong number of values"
                                        .formatted(schema.getQName().getLocalName()))
                        .withType(ErrorType.PROTOCOL)
                        .withAppTag(appTag));
    }

    private static Refusal missing(DataSchemaNode schema) {
        return new Refusal(
                DataError.of(
                                ErrorTag.MISSING_ELEMENT,
                                "the input lacks " + schema.getQName().getLocalName())
                        .withType(ErrorType.PROTOCOL)
                        .withInfo("bad-element", schema.getQName().getLocalName()));
    }
}
