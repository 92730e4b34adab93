package org.lagopus.agent.dataplane.config;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.lagopus.agent.dataplane.model.Item;

/// The VLANs that a switch carries: all, if it lists none.
record Vlans(BitSet listed, BitSet active) {
    private static final int LAST_VLAN = 4094;

    Vlans(Records records, Place.Instance instance) {
        this(new BitSet(), new BitSet());
        for (var vlan : records.below(instance, Place.Vlan.class)) {
            listed.set(vlan.id());
            active.set(
                    vlan.id(),
                    records.find(vlan, Entry.Vlan.class).map(Entry.Vlan::active).orElse(true));
        }
        if (listed.isEmpty()) {
            listed.set(1, LAST_VLAN + 1);
            active.set(1, LAST_VLAN + 1);
        }
    }

    boolean knows(int vlan) {
        return listed.get(vlan);
    }

    boolean isActive(int vlan) {
        return active.get(vlan);
    }

    List<Item> members(int ofInterface, List<String> ranges) {
        var carried = new BitSet();
        for (var range : ranges) {
            int dots = range.indexOf("..");
            int first = Integer.parseInt(dots < 0 ? range : range.substring(0, dots));
            int last = dots < 0 ? first : Integer.parseInt(range.substring(dots + 2));
            carried.set(first, Math.max(first, last) + 1);
        }
        if (ranges.isEmpty()) {
            carried.set(1, LAST_VLAN + 1);
        }
        carried.and(active);
        var members = new ArrayList<Item>();
        for (int from = carried.nextSetBit(0); from >= 0; ) {
            int end = carried.nextClearBit(from);
            members.add(new Item.VlanMember(ofInterface, from, end - 1));
            from = carried.nextSetBit(end);
        }
        return members;
    }
}
