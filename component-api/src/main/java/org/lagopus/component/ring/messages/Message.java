// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// A message between the worker and its clients. Unsigned 32-bit fields widen to long, a MAC
/// address is the low 48 bits of a long and an IPv6 address two longs, the first byte highest; an
/// IPv4 address in an IPv6 field stands in its first four bytes.
public sealed interface Message permits
        Hello,
        Welcome,
        Answer,
        Begin,
        Prepare,
        Commit,
        Abort,
        PortSet,
        PortDelete,
        InstanceSet,
        InstanceDelete,
        InterfaceSet,
        InterfaceDelete,
        VlanMemberSet,
        VlanMemberDelete,
        AddressSet,
        AddressDelete,
        RouteSet,
        RouteDelete,
        RoutesFlush,
        RoutesSynced,
        StaticNeighborSet,
        StaticNeighborDelete,
        StaticFdbSet,
        StaticFdbDelete,
        Dump,
        NeighborEntry,
        FdbEntry,
        PortEntry,
        RouteEntry,
        InterfaceEntry,
        InstanceEntry,
        OwnerEntry,
        GrantSet,
        GrantDelete,
        LinkEvent,
        NamesEvent,
        Ping,
        FaultSet {
    /// The number of the message, as in its header.
    int type();

    /// Bytes it takes, header included.
    int size();

    /// Writes the fields behind the header, which begins at `at`. A number outside its field's
    /// range or a text too long is an IllegalArgumentException.
    void write(MemorySegment to, long at);

    /// Reads any message by the type and length in its header at `at`, of which `bytes` are there.
    static Message read(MemorySegment from, long at, long bytes) {
        Wire.expect(bytes >= Header.SIZE, "message", bytes);
        int type = Wire.u16(from, at);
        long length = Wire.u32(from, at + 4);
        Wire.expect(length == bytes, "message", length);
        return switch (type) {
            case Hello.TYPE -> Hello.read(from, at, length);
            case Welcome.TYPE -> Welcome.read(from, at, length);
            case Answer.TYPE -> Answer.read(from, at, length);
            case Begin.TYPE -> Begin.read(from, at, length);
            case Prepare.TYPE -> Prepare.read(from, at, length);
            case Commit.TYPE -> Commit.read(from, at, length);
            case Abort.TYPE -> Abort.read(from, at, length);
            case PortSet.TYPE -> PortSet.read(from, at, length);
            case PortDelete.TYPE -> PortDelete.read(from, at, length);
            case InstanceSet.TYPE -> InstanceSet.read(from, at, length);
            case InstanceDelete.TYPE -> InstanceDelete.read(from, at, length);
            case InterfaceSet.TYPE -> InterfaceSet.read(from, at, length);
            case InterfaceDelete.TYPE -> InterfaceDelete.read(from, at, length);
            case VlanMemberSet.TYPE -> VlanMemberSet.read(from, at, length);
            case VlanMemberDelete.TYPE -> VlanMemberDelete.read(from, at, length);
            case AddressSet.TYPE -> AddressSet.read(from, at, length);
            case AddressDelete.TYPE -> AddressDelete.read(from, at, length);
            case RouteSet.TYPE -> RouteSet.read(from, at, length);
            case RouteDelete.TYPE -> RouteDelete.read(from, at, length);
            case RoutesFlush.TYPE -> RoutesFlush.read(from, at, length);
            case RoutesSynced.TYPE -> RoutesSynced.read(from, at, length);
            case StaticNeighborSet.TYPE -> StaticNeighborSet.read(from, at, length);
            case StaticNeighborDelete.TYPE -> StaticNeighborDelete.read(from, at, length);
            case StaticFdbSet.TYPE -> StaticFdbSet.read(from, at, length);
            case StaticFdbDelete.TYPE -> StaticFdbDelete.read(from, at, length);
            case Dump.TYPE -> Dump.read(from, at, length);
            case NeighborEntry.TYPE -> NeighborEntry.read(from, at, length);
            case FdbEntry.TYPE -> FdbEntry.read(from, at, length);
            case PortEntry.TYPE -> PortEntry.read(from, at, length);
            case RouteEntry.TYPE -> RouteEntry.read(from, at, length);
            case InterfaceEntry.TYPE -> InterfaceEntry.read(from, at, length);
            case InstanceEntry.TYPE -> InstanceEntry.read(from, at, length);
            case OwnerEntry.TYPE -> OwnerEntry.read(from, at, length);
            case GrantSet.TYPE -> GrantSet.read(from, at, length);
            case GrantDelete.TYPE -> GrantDelete.read(from, at, length);
            case LinkEvent.TYPE -> LinkEvent.read(from, at, length);
            case NamesEvent.TYPE -> NamesEvent.read(from, at, length);
            case Ping.TYPE -> Ping.read(from, at, length);
            case FaultSet.TYPE -> FaultSet.read(from, at, length);
            default -> throw new MalformedMessageException("message type " + type);
        };
    }
}
