package org.lagopus.controller.northbound;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DataError;
import org.lagopus.netconf.Entry;
import org.lagopus.netconf.Port;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sockets that the box listens on. A change of them is made in steps, each of which can be
/// taken back:
///
///     prepare: what is new is bound     -> drop
///     swap: who comes now finds the new -> back
///     settle: what is left over is closed
///
/// An address that stays keeps its socket, so nobody finds it closed for a moment. One thread owns
/// this.
final class Ports {
    private static final Logger LOG = LoggerFactory.getLogger(Ports.class);

    private List<Held> held = List.of();

    /// A socket and who is behind it.
    ///
    /// @param asked for it, with the port 0 if the kernel chose
    private record Held(Listener asked, Port port, Entry entry) {
        boolean is(Listener other) {
            return other.address().equals(port.address())
                    || (other.address().equals(asked.address())
                            && other.server().equals(asked.server()));
        }
    }

    /// What a change has come to.
    ///
    /// @param fresh what was bound for it
    /// @param late what can be bound only when others have gone: a wildcard where a single address
    ///   was, or the other way round
    /// @param before what was held until then
    record Change(
            List<Listener> wanted,
            Map<Listener, Port> fresh,
            List<Listener> late,
            List<Held> before) {}

    /// The socket of a listener, if it listens.
    boolean listens(Listener listener) {
        return find(held, listener) != null;
    }

    InetSocketAddress address(Listener listener) {
        var found = find(held, listener);
        return found == null ? listener.address() : found.port().address();
    }

    private static @Nullable Held find(List<Held> among, Listener listener) {
        return among.stream().filter(one -> one.is(listener)).findFirst().orElse(null);
    }

    /// Binds what is new. Nothing else happens yet.
    ///
    /// @param now what is wanted so far: what was amiss already is not held against a change of
    ///   something else
    /// @param errors where what cannot be had is added
    Change prepare(List<Listener> now, List<Listener> wanted, List<DataError> errors) {
        var change = new Change(wanted, new HashMap<>(), new ArrayList<>(), held);
        var seen = new HashMap<InetSocketAddress, Listener>();
        for (var listener : wanted) {
            var other =
                    listener.address().getPort() == 0
                            ? null
                            : seen.putIfAbsent(listener.address(), listener);
            var why =
                    other != null
                            ? "endpoint %s has the same address".formatted(other.name())
                            : listener.wrong() != null
                                    ? listener.wrong()
                                    : listens(listener) ? null : bind(listener, change);
            if (why != null && now.stream().noneMatch(listener::isAsBad)) {
                errors.add(error(listener, why));
            }
        }
        return change;
    }

    private @Nullable String bind(Listener listener, Change change) {
        try {
            change.fresh.put(listener, Port.bind(listener.address()));
            return null;
        } catch (IOException e) {
            if (e.getCause() instanceof BindException && givesWay(listener, change)) {
                change.late.add(listener);
                return null;
            }
            return e.getMessage();
        }
    }

    /// Whether a socket of ours is in the way that goes with this very change.
    private boolean givesWay(Listener listener, Change change) {
        return held.stream()
                .anyMatch(old ->
                        old.port().address().getPort() == listener.address().getPort()
                                && change.wanted.stream().noneMatch(old::is));
    }

    static DataError error(Listener listener, String why) {
        var path = listener.path();
        return path == null
                ? DataError.of(ErrorTag.OPERATION_FAILED, why)
                : DataError.at(path, ErrorTag.OPERATION_FAILED, why);
    }

    /// As if it had never been prepared.
    void drop(Change change) {
        change.fresh.values().forEach(Port::close);
    }

    /// From here on connections find what is wanted.
    void swap(Change change, List<DataError> errors) {
        for (var late : change.late) {
            change.before.stream()
                    .map(Held::port)
                    .filter(port -> port.address().getPort() == late.address().getPort())
                    .forEach(Port::close);
            try {
                change.fresh.put(late, Port.bind(late.address()));
            } catch (IOException e) {
                errors.add(error(late, String.valueOf(e.getMessage())));
            }
        }
        var next = new ArrayList<Held>();
        for (var listener : change.wanted) {
            var entry = listener.entry();
            var old = find(change.before, listener);
            var port = old == null ? change.fresh.get(listener) : old.port();
            if (port != null && entry != null) {
                port.open(entry);
                next.add(new Held(listener, port, entry));
            }
        }
        held = List.copyOf(next);
    }

    /// Back to what was held before.
    ///
    /// @param errors what does not come back
    void back(Change change, List<DataError> errors) {
        drop(change);
        var next = new ArrayList<Held>();
        for (var old : change.before) {
            try {
                var port = old.port().isOpen() ? old.port() : Port.bind(old.port().address());
                port.open(old.entry());
                next.add(new Held(old.asked(), port, old.entry()));
            } catch (IOException e) {
                errors.add(DataError.of(ErrorTag.ROLLBACK_FAILED, String.valueOf(e.getMessage())));
            }
        }
        held = List.copyOf(next);
    }

    /// There is no way back any more: closes what nobody wants.
    void settle(Change change) {
        Stream.concat(change.before.stream().map(Held::port), change.fresh.values().stream())
                .filter(port -> held.stream().noneMatch(one -> one.port() == port))
                .forEach(Port::close);
    }

    /// Tries again what could not be had.
    ///
    /// @return whether something came of it
    boolean retry(List<Listener> wanted) {
        var next = new ArrayList<>(held);
        for (var listener : wanted) {
            var entry = listener.entry();
            if (entry != null && !listens(listener)) {
                try {
                    var port = Port.bind(listener.address());
                    port.open(entry);
                    next.add(new Held(listener, port, entry));
                } catch (IOException e) {
                    LOG.debug("still not: {}", e.getMessage());
                }
            }
        }
        boolean any = next.size() > held.size();
        held = List.copyOf(next);
        return any;
    }

    void close() {
        held.forEach(one -> one.port().close());
        held = List.of();
    }
}
