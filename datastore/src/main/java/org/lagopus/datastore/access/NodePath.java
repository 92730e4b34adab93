package org.lagopus.datastore.access;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.model.api.ActionNodeContainer;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.NotificationNodeContainer;
import org.opendaylight.yangtools.yang.model.api.SchemaNode;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// A `node-instance-identifier` (RFC 8341 §3.3.5): like an instance-identifier, but keys may be
/// left out, and stand for all entries then. `$USER` is the name of whoever asks.
///
/// Names carry the names of modules, as RFC 7951 §6.11 has it; one without is of the module of the
/// name before it.
record NodePath(List<Step> steps) {
    static final String USER = "$USER";

    /// All data.
    static final NodePath ROOT = new NodePath(List.of());

    /// @param values that the entry, or the value of a leaf-list, has to have; the latter under the
    ///   name of the leaf-list itself
    record Step(QName name, Map<QName, Object> values) {}

    /// @param user who asks; null when only the form is looked at
    /// @throws IllegalArgumentException telling what is wrong with it
    static NodePath parse(Model model, String text, @Nullable String user) {
        return new Parser(model, text.strip(), user).path();
    }

    private static final class Parser {
        private final Model model;
        private final String text;
        private final @Nullable String user;
        private final SchemaInferenceStack stack;
        private @Nullable SchemaNode at;
        private @Nullable QNameModule module;
        private int position;

        Parser(Model model, String text, @Nullable String user) {
            this.model = model;
            this.text = text;
            this.user = user;
            stack = SchemaInferenceStack.of(model.context());
            at = model.context();
        }

        NodePath path() {
            if (text.equals("/")) {
                return ROOT;
            }
            var steps = new ArrayList<Step>();
            do {
                space();
                expect('/');
                steps.add(step());
                space();
            } while (position < text.length());
            return new NodePath(List.copyOf(steps));
        }

        private Step step() {
            space();
            var name = name(true);
            enter(name);
            var values = new LinkedHashMap<QName, Object>();
            for (space(); peek('['); space()) {
                predicate(name, values);
            }
            return new Step(name, Map.copyOf(values));
        }

        /// Actions and notifications are nodes as well here, and nothing is below them.
        private void enter(QName name) {
            var here = at;
            boolean ends =
                    here instanceof ActionNodeContainer actions
                                    && actions.findAction(name).isPresent()
                            || here instanceof NotificationNodeContainer notifications
                                    && notifications.findNotification(name).isPresent();
            if (ends) {
                at = null;
                return;
            }
            try {
                at = (SchemaNode) stack.enterDataTree(name);
            } catch (IllegalArgumentException e) {
                throw wrong("the model has no node " + name.getLocalName() + " here");
            }
        }

        private void predicate(QName step, Map<QName, Object> values) {
            expect('[');
            space();
            if (position < text.length() && Character.isDigit(text.charAt(position))) {
                throw wrong("entries are named by their keys here, not by their position");
            }
            QName name;
            TypedDataSchemaNode leaf;
            if (peek('.')) {
                expect('.');
                if (!(at instanceof LeafListSchemaNode leaves)) {
                    throw wrong(step.getLocalName() + " is no leaf-list");
                }
                name = step;
                leaf = leaves;
            } else {
                name = name(false);
                if (!(at instanceof ListSchemaNode list
                        && list.getKeyDefinition().contains(name)
                        && list.dataChildByName(name) instanceof TypedDataSchemaNode key)) {
                    throw wrong(
                            "%s is no key of %s"
                                    .formatted(name.getLocalName(), step.getLocalName()));
                }
                leaf = key;
            }
            space();
            expect('=');
            space();
            values.put(name, leaf instanceof LeafListSchemaNode ? value(leaf) : key(leaf));
            space();
            expect(']');
        }

        private Object key(TypedDataSchemaNode leaf) {
            stack.enterDataTree(leaf.getQName());
            try {
                return value(leaf);
            } finally {
                stack.exit();
            }
        }

        private Object value(TypedDataSchemaNode leaf) {
            var value = user;
            if (text.startsWith(USER, position)) {
                position += USER.length();
                if (value == null) {
                    return USER;
                }
            } else {
                value = quoted();
            }
            try {
                return model.json().codecFor(leaf, stack).parseValue(value);
            } catch (IllegalArgumentException e) {
                throw wrong(
                        "'%s' is no value of %s".formatted(value, leaf.getQName().getLocalName()));
            }
        }

        private String quoted() {
            char quote = peek('"') ? '"' : '\'';
            expect(quote);
            int end = text.indexOf(quote, position);
            if (end < 0) {
                throw wrong("a quote is not closed");
            }
            var value = text.substring(position, end);
            position = end + 1;
            return value;
        }

        /// @param lasting whether names that follow are of its module too
        private QName name(boolean lasting) {
            int start = position;
            while (position < text.length() && isNamePart(text.charAt(position))) {
                position++;
            }
            var token = text.substring(start, position);
            int colon = token.indexOf(':');
            var local = token.substring(colon + 1);
            if (local.isEmpty()) {
                throw wrong("a name is missing");
            }
            var named = colon < 0 ? module : module(token.substring(0, colon));
            if (named == null) {
                throw wrong("the first name needs its module");
            }
            if (lasting) {
                module = named;
            }
            try {
                return QName.create(named, local);
            } catch (IllegalArgumentException e) {
                throw wrong("'%s' is no name".formatted(local));
            }
        }

        private QNameModule module(String name) {
            var found = model.context().findModules(name).iterator();
            if (!found.hasNext()) {
                throw wrong("there is no module " + name);
            }
            return found.next().getQNameModule();
        }

        private void space() {
            while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
                position++;
            }
        }

        private boolean peek(char c) {
            return position < text.length() && text.charAt(position) == c;
        }

        private void expect(char c) {
            if (!peek(c)) {
                throw wrong("'" + c + "' expected");
            }
            position++;
        }

        private IllegalArgumentException wrong(String why) {
            return new IllegalArgumentException(
                    "%s: %s at character %d".formatted(text, why, position + 1));
        }

        private static boolean isNamePart(char c) {
            return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '.' || c == ':';
        }
    }
}
