package org.lagopus.datastore;

import java.util.List;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.model.api.DataSchemaNode;

/// Places in the data, one or many: an instance-identifier in which a list without keys stands for
/// all its entries, also on the way.
///
/// @param steps from the top; the step into any entry of a list is the list's own name once more
/// @param target what is there in the model
public record PathPattern(List<PathArgument> steps, DataSchemaNode target) {
    public PathPattern {
        steps = List.copyOf(steps);
    }

    /// Whether a step leads into each entry of the list before it.
    public boolean isAnyEntry(int step) {
        return step > 0 && steps.get(step).equals(steps.get(step - 1));
    }
}
