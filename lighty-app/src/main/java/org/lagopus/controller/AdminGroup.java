package org.lagopus.controller;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The group of NACM (RFC 8341) that may do all. Without it nobody could write anything on a box
/// that has no rules, for that is what the defaults of the model say.
final class AdminGroup {
    private static final Logger LOG = LoggerFactory.getLogger(AdminGroup.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NAME = "admin";

    /// Is there once the group has been made, so that who takes all rules away for good gets none
    /// back by a restart.
    private static final String MADE = "access-control";

    private AdminGroup() {}

    /// The group with these users and a rule that permits it everything.
    static Edit of(Model model, List<String> users) throws IOException {
        var nacm =
                Map.of(
                        "ietf-netconf-acm:nacm",
                        Map.of(
                                "groups",
                                Map.of("group", List.of(Map.of("name", NAME, "user-name", users))),
                                "rule-list",
                                List.of(
                                        Map.of(
                                                "name",
                                                NAME,
                                                "group",
                                                List.of(NAME),
                                                "rule",
                                                List.of(
                                                        Map.of(
                                                                "name",
                                                                "permit-all",
                                                                "module-name",
                                                                "*",
                                                                "access-operations",
                                                                "*",
                                                                "action",
                                                                "permit"))))));
        var node = JsonData.container(model, JSON.writeValueAsString(nacm));
        return Edit.merge(YangInstanceIdentifier.of(node.name()), node);
    }

    /// A configuration of before there was access control: whoever could log in could do all, and
    /// goes on to.
    static void settle(Datastore datastore, Path state, List<String> users)
            throws IOException, DatastoreException {
        var made = state.resolve(MADE);
        if (users.isEmpty() || Files.exists(made)) {
            return;
        }
        if (datastore.read(Face.RUNNING).readNode(nacm(datastore.model())).isEmpty()) {
            datastore.edit(Face.RUNNING, List.of(of(datastore.model(), users)), Actor.SYSTEM);
            LOG.warn(
                    "there was no access control: group {} of all {} users may do all; see /nacm",
                    NAME,
                    users.size());
        }
        Files.createFile(made);
    }

    private static YangInstanceIdentifier nacm(Model model) {
        var module = model.context().findModules("ietf-netconf-acm").iterator().next();
        return YangInstanceIdentifier.of(QName.create(module.getQNameModule(), "nacm"));
    }
}
