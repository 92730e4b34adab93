package org.lagopus.datastore;

import java.util.Collection;
import java.util.List;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import tech.pantheon.triemap.ImmutableTrieMap;
import tech.pantheon.triemap.MutableTrieMap;
import tech.pantheon.triemap.TrieMap;

/// Which instances have a key: a multimap that never changes. One that differs in a few keys shares
/// the rest with it.
///
/// A key that one instance has, which most are, holds its path and no set of one.
final class Holders {
    static final Holders NONE = new Holders(TrieMap.<Object, Object>create().immutableSnapshot());

    private final ImmutableTrieMap<Object, Object> byKey;

    private Holders(ImmutableTrieMap<Object, Object> byKey) {
        this.byKey = byKey;
    }

    boolean isEmpty() {
        return byKey.isEmpty();
    }

    Collection<YangInstanceIdentifier> get(Object key) {
        return switch (byKey.get(key)) {
            case null -> List.of();
            case YangInstanceIdentifier one -> List.of(one);
            case Object several -> set(several).keySet();
        };
    }

    Edit edit() {
        return new Edit(this);
    }

    @SuppressWarnings("unchecked")
    private static ImmutableTrieMap<YangInstanceIdentifier, Boolean> set(Object several) {
        return (ImmutableTrieMap<YangInstanceIdentifier, Boolean>) several;
    }

    /// The next version in the making.
    static final class Edit {
        private final MutableTrieMap<Object, Object> byKey;

        private Edit(Holders from) {
            byKey = from.byKey.mutableSnapshot();
        }

        void add(Object key, YangInstanceIdentifier path) {
            var there = byKey.get(key);
            if (there == null) {
                byKey.put(key, path);
            } else if (!there.equals(path)) {
                MutableTrieMap<YangInstanceIdentifier, Boolean> set;
                if (there instanceof YangInstanceIdentifier one) {
                    set = TrieMap.create();
                    set.put(one, true);
                } else {
                    set = set(there).mutableSnapshot();
                }
                set.put(path, true);
                byKey.put(key, set.immutableSnapshot());
            }
        }

        void remove(Object key, YangInstanceIdentifier path) {
            var there = byKey.get(key);
            if (path.equals(there)) {
                byKey.remove(key);
            } else if (there != null && !(there instanceof YangInstanceIdentifier)) {
                var set = set(there).mutableSnapshot();
                set.remove(path);
                if (set.isEmpty()) {
                    byKey.remove(key);
                } else {
                    byKey.put(key, set.immutableSnapshot());
                }
            }
        }

        Holders done() {
            return new Holders(byKey.immutableSnapshot());
        }
    }
}
