import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lagopus.component.Change;
import org.lagopus.component.Component;
import org.lagopus.component.Edit;
import org.lagopus.component.Handler;
import org.lagopus.component.Refusal;
import org.lagopus.component.Settings;
import org.lagopus.component.ip.Ip;
import org.lagopus.component.ip.Prefix;
import org.lagopus.component.ring.messages.RouteSource;
import org.lagopus.component.routes.Route;
import org.lagopus.component.routes.RouteClient;

/// A routing daemon as others would write one: it asks for the API of routes, sets those that it is told on
/// standard input, and tells all of them again whenever it is asked to. Each line is answered by one.
///
///     add|replace INSTANCE PREFIX GATEWAY      delete INSTANCE PREFIX      flush      count
///     many INSTANCE GATEWAY NUMBER             NUMBER host routes from 100.64.0.0 on
final class RouteDaemon {
    private static final Map<Route.Key, Route> table = new LinkedHashMap<>();
    private static int told;

    private static Route.Key key(String instance, String prefix) {
        return new Route.Key(instance, Prefix.parse(prefix).orElseThrow(), RouteSource.BGP);
    }

    private static Route route(Route.Key key, String gateway) {
        return new Route(key, 20, 0, List.of(Route.Hop.via(Ip.parse(gateway).orElseThrow())));
    }

    private static String carryOut(RouteClient routes, String[] words) throws IOException {
        var failures =
                switch (words[0]) {
                    case "add", "replace" -> {
                        var route = route(key(words[1], words[2]), words[3]);
                        var found =
                                words[0].equals("add")
                                        ? routes.add(List.of(route))
                                        : routes.replace(List.of(route));
                        if (found.isEmpty()) {
                            table.put(route.key(), route);
                        }
                        yield found;
                    }
                    case "delete" -> {
                        table.remove(key(words[1], words[2]));
                        yield routes.delete(List.of(key(words[1], words[2])));
                    }
                    case "many" -> {
                        var all = new java.util.ArrayList<Route>();
                        for (long i = 0; i < Long.parseLong(words[3]); i++) {
                            var ip = new Ip(4, (0x6440_0000L + i) << 32, 0);
                            var key = new Route.Key(words[1], new Prefix(ip, 32), RouteSource.BGP);
                            all.add(route(key, words[2]));
                        }
                        all.forEach(route -> table.put(route.key(), route));
                        yield routes.replace(all);
                    }
                    case "flush" -> {
                        table.clear();
                        yield new java.util.TreeMap<>(routes.flush(null) < 0 ? Map.of(0, "") : Map.of());
                    }
                    case "count" -> {
                        System.out.println("told " + told + " has " + table.size());
                        yield null;
                    }
                    default -> throw new IllegalArgumentException(words[0]);
                };
        return failures == null ? "" : failures.isEmpty() ? "ok" : failures.values().toString();
    }

    public static void main(String[] line) throws IOException {
        var idle = new Handler() {
            @Override
            public List<Refusal> prepare(Change change) {
                return List.of();
            }

            @Override
            public List<Refusal> commit(long generation) {
                return List.of();
            }

            @Override
            public List<Refusal> abort(long generation) {
                return List.of();
            }

            @Override
            public List<Refusal> replace(long generation, List<Edit> edits) {
                return List.of();
            }
        };
        var settings = Settings.of(Path.of(line[0]), line[1], "1", List.of());
        try (var component = Component.connect(settings, idle);
                var routes =
                        RouteClient.start(
                                line[1],
                                RouteClient.Access.by(
                                        component, line[1], List.of(line[2].split(","))),
                                to -> {
                                    synchronized (table) {
                                        told++;
                                        to.replace(List.copyOf(table.values()));
                                    }
                                })) {
            for (String input; (input = IN.readLine()) != null; ) {
                synchronized (table) {
                    String said;
                    try {
                        said = carryOut(routes, input.split(" "));
                    } catch (IOException e) {
                        said = "away: " + e.getMessage();
                    }
                    if (!said.isEmpty()) {
                        System.out.println(said);
                    }
                }
            }
        }
    }

    private static final java.io.BufferedReader IN =
            new java.io.BufferedReader(new java.io.InputStreamReader(System.in));
}
