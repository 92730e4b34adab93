package org.lagopus.datastore;

import java.io.DataInput;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.lagopus.datastore.file.Record;
import org.lagopus.datastore.file.StateFiles;

/// Prints how many commits of one entry so and so many writers make in a second, each beside the
/// records that a loop appends and syncs in the same run. A program, no test: figures depend on the
/// machine, their ratio less so.
///
///     java -cp TEST-CLASS-PATH org.lagopus.datastore.Writers DIRECTORY
final class Writers {
    private static final int COMMITS = 8_000;

    private Writers() {}

    public static void main(String[] args) throws Exception {
        var directory = Path.of(args[0]).resolve("writers" + System.nanoTime());
        commits(directory.resolve("warm"), 4);
        for (int writers : new int[] {1, 4, 16, 1, 16}) {
            double reference = records(directory.resolve("records-" + System.nanoTime()));
            var rate = commits(directory.resolve("commits-" + System.nanoTime()), writers);
            System.out.printf(
                    "%2d writers: %5.0f commits a second, p50 %.3f ms; %5.0f records a second;"
                            + " ratio %.2f%n",
                    writers,
                    rate.perSecond(),
                    rate.p50Nanos() / 1e6,
                    reference,
                    rate.perSecond() / reference);
        }
    }

    private record Rate(double perSecond, long p50Nanos) {}

    private static Rate commits(Path directory, int writers) throws Exception {
        var nanos = new long[COMMITS];
        var next = new AtomicLong();
        try (var datastore = Datastore.open(Shop.MODEL, directory, Clock.systemUTC());
                var threads = Executors.newFixedThreadPool(writers)) {
            Callable<Boolean> writer =
                    () -> {
                        for (long i = next.getAndIncrement();
                                i < COMMITS;
                                i = next.getAndIncrement()) {
                            var edits = List.of(route(i));
                            long start = System.nanoTime();
                            datastore.edit(Face.RUNNING, edits, Shop.ALICE);
                            nanos[(int) i] = System.nanoTime() - start;
                        }
                        return true;
                    };
            var all = Collections.nCopies(writers, writer);
            long start = System.nanoTime();
            for (var done : threads.invokeAll(all)) {
                done.get();
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            Arrays.sort(nanos);
            return new Rate(COMMITS / seconds, nanos[COMMITS / 2]);
        }
    }

    private static Edit route(long id) {
        return Shop.merge(
                "{'shop:routes':{'route':[{'id':%d,'prefix':'10.0.0.0/8','next-hop':'192.0.2.1','metric':7}]}}"
                        .formatted(id));
    }

    /// Records as long as those of the commits.
    private static double records(Path directory) throws Exception {
        int count = 2_000;
        var reader =
                new StateFiles.Reader() {
                    @Override
                    public void snapshot(
                            long generation, Map<String, String> meta, DataInput content) {}

                    @Override
                    public void record(Record record, StateFiles.Place place) {}
                };
        try (var files = StateFiles.open(directory, reader)) {
            long start = System.nanoTime();
            for (int i = 0; i < count; i++) {
                files.append(new Record(i, "record", Map.of(), new byte[500]), true);
            }
            return count / ((System.nanoTime() - start) / 1e9);
        }
    }
}
