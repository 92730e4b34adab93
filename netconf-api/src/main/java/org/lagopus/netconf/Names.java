package org.lagopus.netconf;

import java.util.Collection;
import java.util.List;
import org.opendaylight.yangtools.yang.common.XMLNamespace;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;
import org.opendaylight.yangtools.yang.model.api.Module;

/// Namespaces of the protocol.
final class Names {
    /// Messages, operations and the `operation` attribute (RFC 6241 §3.1).
    static final String BASE = "urn:ietf:params:xml:ns:netconf:base:1.0";

    /// `insert`, `action` and elements of `error-info` (RFC 7950).
    static final String YANG = "urn:ietf:params:xml:ns:yang:1";

    /// `get-schema` and `netconf-state` (RFC 6022).
    static final String MONITORING = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring";

    /// The parameter `with-defaults` (RFC 6243 §5).
    static final String WITH_DEFAULTS = "urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults";

    /// The attribute `default` (RFC 6243 §6).
    static final String DEFAULT = "urn:ietf:params:xml:ns:netconf:default:1.0";

    /// `get-data` and `edit-data` (RFC 8526).
    static final String NMDA = "urn:ietf:params:xml:ns:yang:ietf-netconf-nmda";

    /// The names of datastores (RFC 8342 appendix A).
    static final String DATASTORES = "urn:ietf:params:xml:ns:yang:ietf-datastores";

    /// The attribute `origin` and its values (RFC 8342 appendix A).
    static final String ORIGIN = "urn:ietf:params:xml:ns:yang:ietf-origin";

    /// `partial-lock` and `partial-unlock` (RFC 5717).
    static final String PARTIAL_LOCK = "urn:ietf:params:xml:ns:netconf:partial-lock:1.0";

    /// The comment of a commit (lagopus-history).
    static final String HISTORY = "urn:lagopus:yang:lagopus-history";

    /// `create-subscription` and `notification` (RFC 5277).
    static final String NOTIFICATION = "urn:ietf:params:xml:ns:netconf:notification:1.0";

    /// `replayComplete` and `notificationComplete` (RFC 5277 §3.4).
    static final String NOTIFICATION_STATE = "urn:ietf:params:xml:ns:netmod:notification";

    /// `establish-subscription` and its like (RFC 8639).
    static final String SUBSCRIBED = "urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications";

    /// Subscriptions to datastores (RFC 8641).
    static final String PUSH = "urn:ietf:params:xml:ns:yang:ietf-yang-push";

    /// What a subscriber is told of events it missed (lagopus-events).
    static final String EVENTS = "urn:lagopus:yang:lagopus-events";

    /// What is allowed by URL (lagopus-url).
    static final String URL = "urn:lagopus:yang:lagopus-url";

    private Names() {}

    /// The modules of a namespace: none where a client made it up, be it a URI or not.
    static Collection<? extends Module> modules(EffectiveModelContext context, String namespace) {
        try {
            return context.findModules(XMLNamespace.of(namespace));
        } catch (IllegalArgumentException _) {
            return List.of();
        }
    }
}
