package org.lagopus.component;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a component does with its configuration. All methods but `restart` are called on one
/// thread, one after the other, and an empty list means done. A method that throws has refused with
/// what it threw.
public interface Handler {
    /// Check the change and build the next face beside the current one. Nothing visible changes.
    List<Refusal> prepare(Change change);

    /// Run what was prepared.
    List<Refusal> commit(long generation);

    /// Forget what was prepared; if `generation` was committed already, go back to what ran before.
    /// Also called when the datastore is lost between prepare and commit. Harmless if there is
    /// nothing to forget.
    List<Refusal> abort(long generation);

    /// Run exactly this: what is not in `edits` (all of them puts) is gone. What cannot be done is
    /// left out and told; the rest is done.
    List<Refusal> replace(long generation, List<Edit> edits);

    /// A change under the watched paths that runs already.
    default void changed(Change change) {}

    /// The datastore is there and knows this component.
    default void connected() {}

    /// An operator wants the process to end and to be started again by its supervisor. Called on a
    /// thread of its own, also while another method hangs. Ends the process unless it is
    /// overridden.
    default void restart(String reason) {
        System.exit(0);
    }

    /// Lets a client use an API that this component offers, from now on: what it was granted before
    /// is no longer good. Called, as `revoke` and `invoke` are, on a thread beside that of the
    /// configuration.
    ///
    /// @return the token that opens the API
    /// @throws RefusedException if it cannot have it
    default String grant(String api, String client, List<String> scopes) throws RefusedException {
        throw new RefusedException("operation-not-supported", api + " is not offered to others");
    }

    /// What was granted to a client is no longer good.
    default void revoke(String api, String client) {}

    /// Carries out an operation that this component said it does.
    ///
    /// @param operation as in [Settings#operations]
    /// @param input its input as RFC 7951 JSON, checked against its module
    /// @return its output in the same form, null if it has none
    /// @throws RefusedException if it cannot be done
    default @Nullable JsonNode invoke(String operation, JsonNode input, String user)
            throws RefusedException {
        throw new RefusedException("operation-not-supported", operation + " is not done here");
    }

    /// Gives out the entry with these keys of a list that this component provides.
    ///
    /// @param list as in [Settings#lists]
    /// @param keys by name, as RFC 7951 JSON
    /// @return the entry as RFC 7951 JSON; empty if there is none
    default Optional<JsonNode> entry(String list, Map<String, JsonNode> keys)
            throws RefusedException {
        throw new RefusedException("operation-not-supported", list + " is not provided here");
    }

    /// Gives out some entries of a list that this component provides.
    ///
    /// @param after null for the first page, or what the page before said
    /// @param most how many
    default Page page(String list, @Nullable String after, int most) throws RefusedException {
        throw new RefusedException("operation-not-supported", list + " is not provided here");
    }

    /// The datastore is lost; the component goes on with what it runs, and connects again.
    default void disconnected(String reason) {}
}
