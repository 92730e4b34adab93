package org.lagopus.component;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.lagopus.component.wire.Message;

/// What a component tells about itself, and where the datastore is.
///
/// @param socket `components.sock` in the run directory
/// @param faces 2 if next can be built beside current, 1 if a commit needs re-initialisation
/// @param required whether commits that touch the subscriptions must fail while it is absent
/// @param subscriptions instance-identifiers of the subtrees it is asked about
/// @param watches instance-identifiers of the subtrees whose changes it hears of afterwards
/// @param operations paths of the operations (YANG `rpc`) it carries out: `/module:name`
/// @param lists paths of the lists of state whose entries it gives out when somebody reads them
/// @param retry first pause before connecting again; it doubles up to `retryMost`
public record Settings(
        Path socket,
        String name,
        String version,
        int faces,
        boolean required,
        List<String> capabilities,
        List<Message.YangModule> modules,
        List<String> subscriptions,
        List<String> watches,
        List<Message.Api> apis,
        List<String> operations,
        List<String> lists,
        Duration retry,
        Duration retryMost) {
    public Settings {
        capabilities = List.copyOf(capabilities);
        modules = List.copyOf(modules);
        subscriptions = List.copyOf(subscriptions);
        watches = List.copyOf(watches);
        apis = List.copyOf(apis);
        operations = List.copyOf(operations);
        lists = List.copyOf(lists);
    }

    /// A two-faced, optional component that subscribes to these subtrees; `with…` says more.
    public static Settings of(
            Path socket, String name, String version, List<String> subscriptions) {
        return new Settings(
                socket,
                name,
                version,
                2,
                false,
                List.of(),
                List.of(),
                subscriptions,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                Duration.ofMillis(50),
                Duration.ofSeconds(2));
    }

    public Settings withFaces(int number) {
        var copy = new Copy(this);
        copy.faces = number;
        return copy.settings();
    }

    public Settings withRequired(boolean is) {
        var copy = new Copy(this);
        copy.required = is;
        return copy.settings();
    }

    public Settings withModules(List<Message.YangModule> implemented) {
        var copy = new Copy(this);
        copy.modules = implemented;
        return copy.settings();
    }

    public Settings withWatches(List<String> paths) {
        var copy = new Copy(this);
        copy.watches = paths;
        return copy.settings();
    }

    public Settings withApis(List<Message.Api> offered) {
        var copy = new Copy(this);
        copy.apis = offered;
        return copy.settings();
    }

    public Settings withOperations(List<String> done) {
        var copy = new Copy(this);
        copy.operations = done;
        return copy.settings();
    }

    public Settings withLists(List<String> provided) {
        var copy = new Copy(this);
        copy.lists = provided;
        return copy.settings();
    }

    private static final class Copy {
        private final Settings from;
        private int faces;
        private boolean required;
        private List<Message.YangModule> modules;
        private List<String> watches;
        private List<Message.Api> apis;
        private List<String> operations;
        private List<String> lists;

        Copy(Settings from) {
            this.from = from;
            faces = from.faces;
            required = from.required;
            modules = from.modules;
            watches = from.watches;
            apis = from.apis;
            operations = from.operations;
            lists = from.lists;
        }

        Settings settings() {
            return new Settings(
                    from.socket,
                    from.name,
                    from.version,
                    faces,
                    required,
                    from.capabilities,
                    modules,
                    from.subscriptions,
                    watches,
                    apis,
                    operations,
                    lists,
                    from.retry,
                    from.retryMost);
        }
    }
}
