package org.lagopus.datastore.xpath;

import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;

/// What the names of an expression stand for.
public interface Names {
    /// Null for a prefix that is not known.
    @Nullable QNameModule module(String prefix);

    /// Of names without a prefix (RFC 7950 §6.4.1); null where they stand for that name in whatever
    /// module.
    @Nullable QNameModule bare();

    /// A name as it stands in a text, such as that of an identity; null when it is none.
    default @Nullable QName name(String text) {
        int colon = text.indexOf(':');
        var module = colon < 0 ? bare() : module(text.substring(0, colon));
        var local = text.substring(colon + 1);
        return module == null || !isName(local) ? null : QName.create(module, local);
    }

    private static boolean isName(String text) {
        if (text.isEmpty() || !isStart(text.charAt(0))) {
            return false;
        }
        for (int i = 1; i < text.length(); i++) {
            if (!isPart(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    static boolean isStart(char c) {
        return Character.isLetter(c) || c == '_';
    }

    static boolean isPart(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '.';
    }
}
