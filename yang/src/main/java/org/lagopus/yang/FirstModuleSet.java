package org.lagopus.yang;

import java.util.List;
import java.util.Map;
import java.util.Set;

/// The modules that are implemented from the first moment on, before any component or client
/// registers more. Their texts, and those of everything they import, are resources named
/// `META-INF/yang/NAME[@REVISION].yang` in the jar of this class.
public final class FirstModuleSet {
    /// Implemented modules in the sense of RFC 7950 section 5.6.5, deviation modules included.
    public static final List<String> IMPLEMENTED =
            List.of(
                    "ietf-netconf",
                    "ietf-netconf-acm",
                    "ietf-netconf-monitoring",
                    "ietf-netconf-nmda",
                    "ietf-netconf-notifications",
                    "ietf-netconf-partial-lock",
                    "ietf-netconf-private-candidate",
                    "notifications",
                    "nc-notifications",
                    "ietf-netconf-with-defaults",
                    "ietf-origin",
                    "ietf-subscribed-notifications",
                    "ietf-yang-push",
                    "ietf-yang-library",
                    "ietf-restconf",
                    "ietf-restconf-monitoring",
                    "ietf-keystore",
                    "ietf-truststore",
                    "ietf-x509-cert-to-name",
                    "iana-if-type",
                    "openconfig-interfaces",
                    "openconfig-if-ethernet",
                    "openconfig-vlan",
                    "openconfig-system",
                    "openconfig-aaa",
                    "lagopus-ext",
                    "lagopus-if-ip",
                    "lagopus-network-instance",
                    "lagopus-dataplane",
                    "lagopus-routes",
                    "lagopus-aaa",
                    "lagopus-audit",
                    "lagopus-components",
                    "lagopus-history",
                    "lagopus-events",
                    "lagopus-url",
                    "lagopus-northbound",
                    "lagopus-logging",
                    "lagopus-deviations-subscriptions",
                    "lagopus-deviations-interfaces",
                    "lagopus-deviations-system",
                    "lagopus-deviations-network-instance",
                    "lagopus-deviations-imports");

    /// Features (RFC 7950 section 7.20.1) that are supported, by module. A module of [#IMPLEMENTED]
    /// or of its imports that is not a key here supports none.
    public static final Map<String, Set<String>> FEATURES =
            Map.of(
                    "ietf-netconf",
                    Set.of(
                            "candidate",
                            "confirmed-commit",
                            "rollback-on-error",
                            "writable-running",
                            "validate",
                            "xpath",
                            "url"),
                    "ietf-netconf-nmda",
                    Set.of("origin", "with-defaults"),
                    "ietf-netconf-private-candidate",
                    Set.of("private-candidate"),
                    "ietf-crypto-types",
                    Set.of("one-asymmetric-key-format", "cleartext-private-keys"),
                    "ietf-keystore",
                    Set.of("central-keystore-supported", "asymmetric-keys"),
                    "ietf-truststore",
                    Set.of("central-truststore-supported", "certificates"),
                    "ietf-tcp-common",
                    Set.of("keepalives-supported"),
                    "ietf-subscribed-notifications",
                    Set.of("encode-xml", "replay", "subtree", "xpath"),
                    "ietf-yang-push",
                    Set.of("on-change"));

    private FirstModuleSet() {}
}
