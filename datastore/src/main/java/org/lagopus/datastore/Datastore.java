package org.lagopus.datastore;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.opendaylight.mdsal.dom.api.DOMDataBroker;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidate;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;

/// The whole configuration in its two faces, and the state beside it.
public final class Datastore implements AutoCloseable {
    /// @param prepareTimeout within which every participant has to answer `prepare`
    /// @param commitTimeout the same for `commit` and `abort`
    /// @param compactAfterBytes length of the log from which a snapshot is made of it
    public record Settings(
            Path directory,
            Clock clock,
            Duration prepareTimeout,
            Duration commitTimeout,
            long compactAfterBytes) {
        public static Settings of(Path directory, Clock clock) {
            return new Settings(
                    directory, clock, Duration.ofSeconds(5), Duration.ofSeconds(10), 64L << 20);
        }
    }

    /// A component that should be there and is not.
    public record Absent(String name, Collection<YangInstanceIdentifier> subscriptions) {}

    private Datastore() {}

    /// Loads what the directory holds, and creates it where there is nothing.
    public static Datastore open(Model model, Path stateDirectory, Clock clock)
            throws IOException, DatastoreException {
        return open(model, Settings.of(stateDirectory, clock));
    }

    public static Datastore open(Model model, Settings settings)
            throws IOException, DatastoreException {
        throw new UnsupportedOperationException();
    }

    /// What opening found amiss in the files, in words for the operator; empty on a good day.
    public List<String> findings() {
        throw new UnsupportedOperationException();
    }

    public Model model() {
        throw new UnsupportedOperationException();
    }

    /// In constant time, and it never changes.
    public DataTreeSnapshot read(Face face) {
        throw new UnsupportedOperationException();
    }

    /// State alone: nodes of `config false`, and the list keys above them.
    public DataTreeSnapshot operational() {
        throw new UnsupportedOperationException();
    }

    /// Running configuration and state in one (RFC 6241 §7.7); what only one of them has is shared.
    public Optional<NormalizedNode> readAll(YangInstanceIdentifier path) {
        throw new UnsupportedOperationException();
    }

    /// All of them or none. On the candidate they go into the one that everybody shares; on running
    /// they are a whole commit.
    public void edit(Face face, List<Edit> edits, Actor by) throws DatastoreException {
        throw new UnsupportedOperationException();
    }

    /// The whole content of a face (`copy-config` with content in the request).
    public void replace(Face face, ContainerNode root, Actor by) throws DatastoreException {
        throw new UnsupportedOperationException();
    }

    public void copy(Face from, Face to, Actor by) throws DatastoreException {
        throw new UnsupportedOperationException();
    }

    /// Candidate becomes running, or nothing has happened anywhere. Blocks the caller.
    public Commit commit(Actor by, @Nullable String comment) throws DatastoreException {
        throw new UnsupportedOperationException();
    }

    /// Candidate becomes what running is.
    public void discard(Actor by) throws DatastoreException {
        throw new UnsupportedOperationException();
    }

    /// Everything a commit would do up to the decision, and then back: the components are asked.
    public void validate(Face face, Actor by) throws DatastoreException {
        throw new UnsupportedOperationException();
    }

    public void validate(ContainerNode root, Actor by) throws DatastoreException {
        throw new UnsupportedOperationException();
    }

    public Locks locks() {
        throw new UnsupportedOperationException();
    }

    /// Writes state on a thread of its own; never waits for a commit. What is wrong with an edit is
    /// logged and the others are written.
    public void writeState(List<Edit> edits) {
        throw new UnsupportedOperationException();
    }

    public void attach(Participant participant) {
        throw new UnsupportedOperationException();
    }

    public void detach(Participant participant) {
        throw new UnsupportedOperationException();
    }

    /// Who tells which required components are missing; a commit that touches their subscriptions
    /// is refused with their names.
    public void requires(Supplier<List<Absent>> absent) {
        throw new UnsupportedOperationException();
    }

    /// After the switch, off the commit path, in the order of commits.
    public Registration onCommit(BiConsumer<Commit, DataTreeCandidate> listener) {
        throw new UnsupportedOperationException();
    }

    /// The same store for whoever speaks MD-SAL; its transactions are commits like all others.
    public DOMDataBroker broker() {
        throw new UnsupportedOperationException();
    }

    public Operations operations() {
        throw new UnsupportedOperationException();
    }

    public Optional<Commit> last() {
        throw new UnsupportedOperationException();
    }

    /// Of what is running; 0 before the first commit.
    public long generation() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
