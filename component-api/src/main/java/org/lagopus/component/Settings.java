package org.lagopus.component;

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
/// @param retry first pause before connecting again; it doubles up to `retryMost`
public record Settings(
        java.nio.file.Path socket,
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
        Duration retry,
        Duration retryMost) {
    public Settings {
        capabilities = List.copyOf(capabilities);
        modules = List.copyOf(modules);
        subscriptions = List.copyOf(subscriptions);
        watches = List.copyOf(watches);
        apis = List.copyOf(apis);
        operations = List.copyOf(operations);
    }

    /// A two-faced, optional component that subscribes to these subtrees; `with…` says more.
    public static Settings of(
            java.nio.file.Path socket, String name, String version, List<String> subscriptions) {
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
                Duration.ofMillis(50),
                Duration.ofSeconds(2));
    }

    public Settings withFaces(int number) {
        return new Settings(
                socket,
                name,
                version,
                number,
                required,
                capabilities,
                modules,
                subscriptions,
                watches,
                apis,
                operations,
                retry,
                retryMost);
    }

    public Settings withRequired(boolean is) {
        return new Settings(
                socket,
                name,
                version,
                faces,
                is,
                capabilities,
                modules,
                subscriptions,
                watches,
                apis,
                operations,
                retry,
                retryMost);
    }

    public Settings withWatches(List<String> paths) {
        return new Settings(
                socket,
                name,
                version,
                faces,
                required,
                capabilities,
                modules,
                subscriptions,
                paths,
                apis,
                operations,
                retry,
                retryMost);
    }

    public Settings withApis(List<Message.Api> offered) {
        return new Settings(
                socket,
                name,
                version,
                faces,
                required,
                capabilities,
                modules,
                subscriptions,
                watches,
                offered,
                operations,
                retry,
                retryMost);
    }

    public Settings withModules(List<Message.YangModule> implemented) {
        return new Settings(
                socket,
                name,
                version,
                faces,
                required,
                capabilities,
                implemented,
                subscriptions,
                watches,
                apis,
                operations,
                retry,
                retryMost);
    }

    public Settings withOperations(List<String> done) {
        return new Settings(
                socket,
                name,
                version,
                faces,
                required,
                capabilities,
                modules,
                subscriptions,
                watches,
                apis,
                done,
                retry,
                retryMost);
    }
}
