package org.lagopus.netconf;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.common.YangVersion;
import org.opendaylight.yangtools.yang.model.api.Module;

/// What the server says it can do.
final class Capabilities {
    private static final String CAPABILITY = "urn:ietf:params:netconf:capability:";
    static final String PRIVATE_CANDIDATE = CAPABILITY + "private-candidate:1.0";

    private Capabilities() {}

    static List<String> of(Model model) {
        var all = new ArrayList<String>();
        all.add("urn:ietf:params:netconf:base:1.0");
        all.add("urn:ietf:params:netconf:base:1.1");
        all.add(CAPABILITY + "writable-running:1.0");
        all.add(CAPABILITY + "candidate:1.0");
        all.add(CAPABILITY + "confirmed-commit:1.1");
        all.add(CAPABILITY + "rollback-on-error:1.0");
        all.add(CAPABILITY + "validate:1.1");
        if (model.module("ietf-netconf-nmda").isPresent()) {
            all.add(
                    CAPABILITY
                            + "with-operational-defaults:1.0?basic-mode=report-all"
                            + "&also-supported=explicit,report-all-tagged,trim");
        }
        if (model.module("ietf-netconf-partial-lock").isPresent()) {
            all.add(CAPABILITY + "partial-lock:1.0");
        }
        all.add(CAPABILITY + "xpath:1.0");
        all.add(CAPABILITY + "url:1.0?scheme=file,https");
        all.add(
                CAPABILITY
                        + "with-defaults:1.0?basic-mode=explicit"
                        + "&also-supported=report-all,report-all-tagged,trim");
        if (model.module("ietf-netconf-private-candidate").isPresent()) {
            all.add(PRIVATE_CANDIDATE);
        }
        if (model.module("notifications").isPresent()) {
            all.add(CAPABILITY + "notification:1.0");
            all.add(CAPABILITY + "interleave:1.0");
        }
        model.context().findModules("ietf-yang-library").stream()
                .filter(module -> model.implemented(module.getQNameModule()))
                .findFirst()
                .flatMap(Module::getRevision)
                .ifPresent(revision ->
                        all.add(
                                CAPABILITY
                                        + "yang-library:1.1?revision="
                                        + revision
                                        + "&content-id="
                                        + model.contentId()));
        model.context().getModules().stream()
                .filter(module -> model.implemented(module.getQNameModule()))
                // RFC 7950 §5.6.4: those of YANG 1.1 are in the yang-library only
                .filter(module -> module.getYangVersion() == YangVersion.VERSION_1)
                .map(module -> module(model, module))
                .sorted()
                .forEach(all::add);
        return all;
    }

    /// RFC 6020 §5.6.4.
    private static String module(Model model, Module module) {
        var uri = new StringBuilder(module.getNamespace().toString());
        uri.append("?module=").append(module.getName());
        module.getRevision().ifPresent(revision -> uri.append("&revision=").append(revision));
        var features =
                module.getFeatures().stream()
                        .filter(feature -> model.supports(feature.getQName()))
                        .map(feature -> feature.getQName().getLocalName())
                        .collect(Collectors.toCollection(TreeSet::new));
        if (!features.isEmpty()) {
            uri.append("&features=").append(String.join(",", features));
        }
        var deviations =
                model.context().getModules().stream()
                        .filter(other ->
                                other.getDeviations().stream()
                                        .anyMatch(deviation ->
                                                deviation
                                                        .getTargetPath()
                                                        .lastNodeIdentifier()
                                                        .getModule()
                                                        .equals(module.getQNameModule())))
                        .map(Module::getName)
                        .collect(Collectors.toCollection(TreeSet::new));
        if (!deviations.isEmpty()) {
            uri.append("&deviations=").append(String.join(",", deviations));
        }
        return uri.toString();
    }
}
