package org.lagopus.controller;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.audit.AuditCheck;
import org.lagopus.datastore.audit.AuditLog;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidate;
import org.opendaylight.yangtools.yang.data.tree.api.ModificationType;

/// What lagopus-audit.yang says of the audit log, and the command that verifies one.
final class AuditSettings {
    private static final String DEFAULT = "/var/lib/lagopus/audit";
    private static final int USAGE = 64;
    private static final int NO_INPUT = 66;

    private AuditSettings() {}

    static AuditLog.Limits of(Datastore datastore) {
        return new AuditLog.Limits(
                number(datastore, "maximum-file-size", AuditLog.Limits.DEFAULT.fileBytes() >> 20)
                        << 20,
                (int) number(datastore, "maximum-files", AuditLog.Limits.DEFAULT.files()));
    }

    private static long number(Datastore datastore, String leaf, long otherwise) {
        var path = datastore.model().parse("/lagopus-audit:audit/config/" + leaf);
        return datastore
                .read(Face.RUNNING)
                .readNode(path)
                .map(node -> ((Number) node.body()).longValue())
                .orElse(otherwise);
    }

    /// The topmost parts that a commit changed.
    static @Nullable String target(Datastore datastore, DataTreeCandidate change) {
        var parts =
                change.getRootNode().childNodes().stream()
                        .filter(child -> child.modificationType() != ModificationType.UNMODIFIED)
                        .map(child ->
                                datastore.model().format(change.getRootPath().node(child.name())))
                        .sorted()
                        .collect(Collectors.joining(" "));
        return parts.isEmpty() ? null : parts;
    }

    /// `--verify-audit [PATH]`.
    ///
    /// @return the exit code
    static int verify(String... arguments) {
        if (arguments.length > 2) {
            System.err.println("lagopusd: --verify-audit takes one directory or file");
            return USAGE;
        }
        var where = Path.of(arguments.length == 2 ? arguments[1] : DEFAULT);
        try {
            var result = AuditCheck.verify(where);
            if (result.broken().isPresent()) {
                System.out.println("BROKEN " + result.broken().get());
                return 1;
            }
            System.out.printf(
                    "OK lines %d to %d in %d file%s, last hash %s%n",
                    result.first(),
                    result.last(),
                    result.files(),
                    result.files() == 1 ? "" : "s",
                    result.hash());
            return 0;
        } catch (IOException e) {
            System.err.println("lagopusd: " + where + " cannot be read: " + e);
            return NO_INPUT;
        }
    }
}
