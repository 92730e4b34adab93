package org.lagopus.agent.dataplane.routes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.ip.Ip;
import org.lagopus.component.ip.Prefix;
import org.lagopus.component.ring.Words;
import org.lagopus.component.ring.messages.NextHopKind;
import org.lagopus.component.ring.messages.RouteSource;
import org.lagopus.component.routes.Route;

/// Routes as lagopus-routes.yang has them, in the JSON of RFC 7951. The defaults of the module are
/// filled in here, for the input of an operation comes as it was sent.
final class RouteJson {
    private static final int PREFERENCE = 100;
    private static final String INSTANCE = "default";

    private RouteJson() {}

    /// @throws IllegalArgumentException with what is wrong
    static Route route(JsonNode json) {
        var hops = new ArrayList<Route.Hop>();
        json.path("next-hop").forEach(hop -> hops.add(hop(hop)));
        return new Route(
                key(json),
                json.path("preference").asInt(PREFERENCE),
                json.path("metric").asLong(0),
                hops);
    }

    static Route.Key key(JsonNode json) {
        var text = json.path("prefix").asText();
        var prefix =
                Prefix.parse(text)
                        .orElseThrow(() -> new IllegalArgumentException(text + " is no prefix"));
        return new Route.Key(
                json.path("instance").asText(INSTANCE),
                prefix,
                Words.parse(RouteSource.class, json.path("source").asText("other")));
    }

    private static Route.Hop hop(JsonNode json) {
        var address = json.path("address").asText("");
        var over = json.path("interface").asText("");
        return new Route.Hop(
                Words.parse(NextHopKind.class, json.path("kind").asText("gateway")),
                address.isEmpty() ? null : ip(address),
                over.isEmpty() ? null : over,
                json.path("weight").asInt(1));
    }

    private static Ip ip(String text) {
        return Ip.parse(text)
                .orElseThrow(() -> new IllegalArgumentException(text + " is no address"));
    }

    static ObjectNode entry(Route.Entry entry) {
        var route = entry.route();
        var json = object();
        json.put("instance", route.key().instance());
        json.put("prefix", route.key().prefix().toString());
        json.put("source", Words.of(route.key().source()));
        json.put("preference", route.preference());
        json.put("metric", route.metric());
        if (!entry.owner().isEmpty()) {
            json.put("owner", entry.owner());
        }
        json.put("stale", entry.stale());
        var hops = json.putArray("next-hop");
        route.hops().forEach(hop -> hop(hops.addObject(), hop));
        return json;
    }

    private static void hop(ObjectNode json, Route.Hop hop) {
        json.put("kind", Words.of(hop.kind()));
        put(json, "address", hop.address());
        put(json, "interface", hop.over());
        json.put("weight", hop.weight());
    }

    private static void put(ObjectNode json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value.toString());
        }
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ArrayNode array(List<ObjectNode> all) {
        return JsonNodeFactory.instance.arrayNode().addAll(all);
    }
}
