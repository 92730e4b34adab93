package org.lagopus.controller;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.aaa4j.radius.client.IntervalRetransmissionStrategy;
import org.aaa4j.radius.client.RadiusClientException;
import org.aaa4j.radius.client.clients.UdpRadiusClient;
import org.aaa4j.radius.core.attribute.Attribute;
import org.aaa4j.radius.core.attribute.StringData;
import org.aaa4j.radius.core.attribute.TextData;
import org.aaa4j.radius.core.attribute.attributes.CallingStationId;
import org.aaa4j.radius.core.attribute.attributes.FilterId;
import org.aaa4j.radius.core.attribute.attributes.ManagementPolicyId;
import org.aaa4j.radius.core.attribute.attributes.MessageAuthenticator;
import org.aaa4j.radius.core.attribute.attributes.NasIdentifier;
import org.aaa4j.radius.core.attribute.attributes.UserName;
import org.aaa4j.radius.core.attribute.attributes.UserPassword;
import org.aaa4j.radius.core.packet.Packet;
import org.aaa4j.radius.core.packet.packets.AccessAccept;
import org.aaa4j.radius.core.packet.packets.AccessReject;
import org.aaa4j.radius.core.packet.packets.AccessRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks RADIUS servers (RFC 2865) whether a password is right, one after the other until one
/// answers. One that was silent is asked last for a while, so that logins need not wait for it each
/// time. The groups of a user are the Management-Policy-Id (RFC 5607 §6.3) and Filter-Id of the
/// answer, each of which may hold several separated by commas.
final class Radius {
    private static final Logger LOG = LoggerFactory.getLogger(Radius.class);
    private static final Duration SILENCE = Duration.ofSeconds(30);

    /// What servers say of a password.
    sealed interface Answer {
        record Accepted(Set<String> groups) implements Answer {}

        record Rejected() implements Answer {}

        /// None has answered.
        record Silence() implements Answer {}
    }

    private final LongSupplier nanos;
    private final Map<Aaa.Server, Long> silent = new ConcurrentHashMap<>();

    Radius(LongSupplier nanos) {
        this.nanos = nanos;
    }

    Answer ask(List<Aaa.Server> servers, String user, String password, String peer) {
        var ordered = new ArrayList<Aaa.Server>();
        servers.stream().filter(server -> !wasSilent(server)).forEach(ordered::add);
        servers.stream().filter(this::wasSilent).forEach(ordered::add);
        for (var server : ordered) {
            var answer = ask(server, user, password, peer);
            if (!(answer instanceof Answer.Silence)) {
                silent.remove(server);
                return answer;
            }
            silent.put(server, nanos.getAsLong());
        }
        return new Answer.Silence();
    }

    private boolean wasSilent(Aaa.Server server) {
        var since = silent.get(server);
        return since != null && nanos.getAsLong() - since < SILENCE.toNanos();
    }

    private static Answer ask(Aaa.Server server, String user, String password, String peer) {
        var request =
                new AccessRequest(
                        List.of(
                                new MessageAuthenticator(),
                                new UserName(new TextData(user)),
                                new UserPassword(
                                        new StringData(password.getBytes(StandardCharsets.UTF_8))),
                                new NasIdentifier(new TextData("lagopus")),
                                new CallingStationId(new TextData(peer))));
        try (var client =
                UdpRadiusClient.newBuilder()
                        .address(new InetSocketAddress(server.address(), server.port()))
                        .secret(server.secret().getBytes(StandardCharsets.UTF_8))
                        .retransmissionStrategy(
                                new IntervalRetransmissionStrategy(
                                        server.attempts(), server.timeout()))
                        .build()) {
            return answer(server, client.send(request));
        } catch (RadiusClientException | IllegalArgumentException e) {
            LOG.warn("RADIUS server {} gives no answer: {}", server, e.getMessage());
            return new Answer.Silence();
        }
    }

    /// An answer that cannot be trusted is none (CVE-2024-3596).
    private static Answer answer(Aaa.Server server, Packet packet) {
        if (server.signed() && packet.getAttribute(MessageAuthenticator.class).isEmpty()) {
            LOG.warn(
                    "the answer of RADIUS server {} has no Message-Authenticator and is not"
                            + " believed; let the server send it, or set"
                            + " require-message-authenticator to false",
                    server);
            return new Answer.Silence();
        }
        return switch (packet) {
            case AccessAccept accept -> new Answer.Accepted(groups(accept));
            case AccessReject _ -> new Answer.Rejected();
            default -> {
                LOG.warn("RADIUS server {} wants more than a password", server);
                yield new Answer.Rejected();
            }
        };
    }

    private static Set<String> groups(Packet packet) {
        var groups = new LinkedHashSet<String>();
        packet.getAttributes(ManagementPolicyId.class).forEach(one -> add(groups, one));
        packet.getAttributes(FilterId.class).forEach(one -> add(groups, one));
        return groups;
    }

    private static void add(Set<String> groups, Attribute<TextData> attribute) {
        for (var name : attribute.getData().getValue().split(",", -1)) {
            if (!name.isBlank()) {
                groups.add(name.strip());
            }
        }
    }
}
