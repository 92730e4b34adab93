package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.file.StateFiles;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

/// Which commits there were, and where in the log each of them lies.
///
/// The log is the history: the record that decided a commit holds its change and the way back, so
/// nothing is written twice and the two cannot disagree. What is here is an index of it, made again
/// at each start. It is a chain, each commit with the one before it as parent; where a link is
/// missing (a damaged file, a log of an older version) it begins behind the gap.
final class History {
    static final String MODULE = "lagopus-history";
    private static final long COMMITS = 1000;
    private static final long MEBIBYTES = 512;

    /// @param parent the generation it changed
    record Entry(Commit commit, long parent, StateFiles.Place place) {
        long generation() {
            return commit.generation();
        }
    }

    private record Label(long generation, @Nullable String text) {}

    private record Limits(YangInstanceIdentifier commits, YangInstanceIdentifier mebibytes) {}

    private final ConcurrentSkipListMap<Long, Entry> entries = new ConcurrentSkipListMap<>();
    private final Map<Long, String> labels = new ConcurrentHashMap<>();
    private final List<Label> pastLabels = new ArrayList<>();
    private final List<Label> newLabels = new ArrayList<>();
    private final @Nullable Limits limits;
    private volatile long floor = Long.MAX_VALUE;
    private volatile long maximumBytes = MEBIBYTES << 20;

    History(Model model) {
        limits =
                model.context().findModules(MODULE).stream()
                        .findFirst()
                        .map(module -> {
                            var above =
                                    YangInstanceIdentifier.of(
                                            QName.create(module.getQNameModule(), "history"),
                                            QName.create(module.getQNameModule(), "config"));
                            return new Limits(
                                    above.node(
                                            QName.create(
                                                    module.getQNameModule(), "maximum-commits")),
                                    above.node(
                                            QName.create(module.getQNameModule(), "maximum-size")));
                        })
                        .orElse(null);
    }

    void add(Entry entry) {
        entries.put(entry.generation(), entry);
    }

    /// What leads back to this generation stays, whatever the configuration says.
    void keep(@Nullable Long generation) {
        floor = generation == null ? Long.MAX_VALUE : generation;
    }

    void forget(long generation) {
        entries.remove(generation);
    }

    void label(long generation, @Nullable String label) {
        labels.values().removeIf(other -> other.equals(label));
        if (label == null) {
            labels.remove(generation);
        } else {
            labels.put(generation, label);
        }
    }

    /// While loading: the past is read after what is newer.
    void load(boolean past, long generation, @Nullable String label) {
        (past ? pastLabels : newLabels).add(new Label(generation, label));
    }

    /// All there is has been added: what does not lead to the newest one goes.
    void loaded(long newest) {
        for (var list : List.of(pastLabels, newLabels)) {
            list.forEach(label -> label(label.generation(), label.text()));
            list.clear();
        }
        entries.tailMap(newest, false).clear();
        long wanted = newest;
        for (var entry : entries.descendingMap().values()) {
            if (entry.generation() != wanted) {
                entries.headMap(entry.generation(), true).clear();
                break;
            }
            wanted = entry.parent();
        }
        labels.keySet().retainAll(entries.keySet());
    }

    /// Forgets what is more than the configuration wants to be kept.
    void retain(ContainerNode root) {
        long commits = COMMITS;
        var known = limits;
        if (known != null) {
            commits = number(root, known.commits(), COMMITS);
            maximumBytes = number(root, known.mebibytes(), MEBIBYTES) << 20;
        }
        while (entries.size() > commits && entries.firstKey() <= floor) {
            forgetOldest();
        }
    }

    private static long number(ContainerNode root, YangInstanceIdentifier path, long otherwise) {
        var leaf = Nodes.find(root, path);
        return leaf != null && leaf.body() instanceof Uint32 value ? value.longValue() : otherwise;
    }

    /// The first log that is needed to look back.
    long keepLogsFrom(NavigableMap<Long, Long> sizes) {
        long first = Long.MAX_VALUE;
        long bytes = 0;
        for (var log : sizes.descendingMap().entrySet()) {
            bytes += log.getValue();
            if (bytes > maximumBytes) {
                break;
            }
            first = log.getKey();
        }
        while (!entries.isEmpty()
                && entries.firstEntry().getValue().place().log() < first
                && entries.firstKey() <= floor) {
            forgetOldest();
        }
        var oldest = entries.firstEntry();
        return oldest == null ? Long.MAX_VALUE : oldest.getValue().place().log();
    }

    /// The files are gone.
    void clear() {
        entries.clear();
        labels.clear();
    }

    private void forgetOldest() {
        var oldest = entries.pollFirstEntry();
        if (oldest != null) {
            labels.remove(oldest.getKey());
        }
    }

    static DatastoreException unknown(String commit) {
        return new DatastoreException(
                DataError.of(
                        ErrorTag.INVALID_VALUE,
                        "there is no commit %s to look at".formatted(commit)));
    }

    /// The newest first.
    List<Entry> before(long generation, long limit) {
        return entries.headMap(generation, false).descendingMap().values().stream()
                .limit(limit)
                .toList();
    }

    Optional<Entry> find(long generation) {
        return Optional.ofNullable(entries.get(generation));
    }

    Optional<String> label(long generation) {
        return Optional.ofNullable(labels.get(generation));
    }

    Optional<Long> labelled(String label) {
        return labels.entrySet().stream()
                .filter(entry -> entry.getValue().equals(label))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /// The commits to be taken back, the newest first, to come from one generation to an older one;
    /// empty if the way is not known.
    Optional<List<Entry>> way(long from, long to) {
        if (from == to) {
            return Optional.of(List.of());
        }
        if (to > from) {
            return Optional.empty();
        }
        var way = List.copyOf(entries.subMap(to, false, from, true).descendingMap().values());
        boolean leads =
                !way.isEmpty()
                        && way.getFirst().generation() == from
                        && way.getLast().parent() == to;
        return leads ? Optional.of(way) : Optional.empty();
    }
}
