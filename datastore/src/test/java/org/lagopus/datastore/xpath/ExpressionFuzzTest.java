package org.lagopus.datastore.xpath;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;

/// Every text is an expression with a value, or refused.
class ExpressionFuzzTest {
    @DictionaryEntries({
        "ancestor-or-self::",
        "preceding-sibling::",
        "descendant::",
        "..",
        "//",
        "current()",
        "position()",
        "last()",
        "count(",
        "string(",
        "substring(",
        "translate(",
        "normalize-space(",
        "re-match(",
        "deref(",
        "derived-from-or-self(",
        "enum-value(",
        "bit-is-set(",
        "x:a",
        "b",
        " div ",
        " mod ",
        " and ",
        " or ",
        " | ",
        "!=",
        "[1]",
        "'x'"
    })
    @FuzzTest
    void everyTextHasAValueOrIsRefused(byte[] text) {
        try {
            var _ = ExpressionTest.of(new String(text, UTF_8));
        } catch (IllegalArgumentException _) {
            // the defined end
        }
    }
}
