package org.lagopus.controller;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.lagopus.component.ServiceNotifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The process `lagopusd`.
public final class Main {
    /// Exit codes of `sysexits(3)`.
    private static final int USAGE = 64;

    private static final int CONFIGURATION = 78;

    private Main() {}

    public static void main(String... arguments) throws InterruptedException {
        for (var argument : arguments) {
            switch (argument) {
                case "--help", "-h" -> {
                    System.out.print(Options.HELP);
                    return;
                }
                case "--version" -> {
                    System.out.println("lagopusd " + version());
                    return;
                }
                default -> {}
            }
        }
        if (arguments.length > 0 && arguments[0].equals("--verify-audit")) {
            System.exit(AuditSettings.verify(arguments));
            return;
        }
        Options options;
        try {
            options = Options.parse(arguments);
        } catch (Options.UsageException e) {
            System.err.println("lagopusd: " + e.getMessage());
            System.exit(USAGE);
            return;
        }
        serve(options);
    }

    static String version() {
        var version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private static void serve(Options options) throws InterruptedException {
        var log = LoggerFactory.getLogger(Main.class);
        var controller = new Controller(options);
        try {
            controller.start().get();
        } catch (ExecutionException e) {
            var cause = e.getCause() == null ? e : e.getCause();
            log.error("{}", reason(cause));
            log.debug("not started", cause);
            controller.shutdown(10, TimeUnit.SECONDS);
            System.exit(CONFIGURATION);
        }
        var notifier = ServiceNotifier.fromEnvironment();
        var stopped = new CountDownLatch(1);
        IdleMemory.ofThisProcess()
                .watchOn(
                        Executors.newSingleThreadScheduledExecutor(
                                Thread.ofPlatform().daemon().name("idle-memory").factory()));
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    notifier.stopping();
                                    controller.shutdown(10, TimeUnit.SECONDS);
                                    stopped.countDown();
                                    org.apache.logging.log4j.LogManager.shutdown();
                                },
                                "shutdown"));
        System.out.println(controller.readyLine());
        System.out.flush();
        notifier.ready(controller.readyLine());
        watch(notifier, controller, stopped, log);
    }

    /// Tells the service manager that this process lives, as long as a read through the datastore
    /// comes back in time: a controller whose datastore hangs is one to be restarted.
    private static void watch(
            ServiceNotifier notifier, Controller controller, CountDownLatch stopped, Logger log)
            throws InterruptedException {
        var period = notifier.watchdog().orElse(Duration.ofHours(1)).dividedBy(2);
        while (!stopped.await(period.toMillis(), TimeUnit.MILLISECONDS)) {
            try {
                controller.probe().get(period.toMillis(), TimeUnit.MILLISECONDS);
                notifier.alive();
            } catch (ExecutionException | TimeoutException e) {
                log.error("the datastore does not answer", e);
            }
        }
    }

    /// The innermost message: what an operator can act on.
    private static String reason(Throwable failure) {
        var deepest = failure;
        while (deepest.getCause() != null && deepest.getMessage() == null) {
            deepest = deepest.getCause();
        }
        var message = deepest.getMessage();
        return message == null ? deepest.toString() : message;
    }
}
