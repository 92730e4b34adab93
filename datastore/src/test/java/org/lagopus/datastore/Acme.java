package org.lagopus.datastore;

import java.util.List;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;

/// A model with access control, and short ways to write rules.
final class Acme {
    static final Model MODEL = Shop.load(List.of("ietf-netconf", "ietf-netconf-acm"), "/access");
    static final QNameModule NS =
            MODEL.context().findModules("acme").iterator().next().getQNameModule();
    static final Actor ROOT = new Actor(0, "box", "system");
    static final Actor ANDY = new Actor(7, "andy", "netconf");
    static final Actor WILMA = new Actor(8, "wilma", "netconf");

    private Acme() {}

    static QName q(String local) {
        return QName.create(NS, local);
    }

    /// Two groups, `limited` of andy and `admin` of wilma, who may do all, and rules for the first.
    ///
    /// @param leaves of `/nacm` itself, each with a comma behind it
    static String nacm(String leaves, String... rules) {
        return """
        'ietf-netconf-acm:nacm': {%s
          'groups': {'group': [
            {'name': 'limited', 'user-name': ['andy']},
            {'name': 'admin', 'user-name': ['wilma']}]},
          'rule-list': [
            {'name': 'limited-acl', 'group': ['limited'], 'rule': [%s]},
            {'name': 'admin-acl', 'group': ['admin'], 'rule': [
              {'name': 'all', 'action': 'permit'}]}]}
        """
                .formatted(leaves, String.join(",", rules));
    }

    private static int last;

    /// @param target such as `'path': '/'`, or nothing
    static String rule(String action, String operations, String target) {
        return "{'name': 'r%d', 'action': '%s', 'access-operations': '%s'%s}"
                .formatted(++last, action, operations, target.isEmpty() ? "" : ", " + target);
    }

    static String permit(String operations, String path) {
        return rule("permit", operations, path(path));
    }

    static String deny(String operations, String path) {
        return rule("deny", operations, path(path));
    }

    private static String path(String path) {
        return path.isEmpty() ? "" : "'path': '%s'".formatted(path.replace("'", "\\u0027"));
    }
}
