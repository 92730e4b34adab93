package org.lagopus.controller;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.LifeCycle;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AsyncAppender;
import org.apache.logging.log4j.core.appender.RollingFileAppender;
import org.apache.logging.log4j.core.appender.SocketAppender;
import org.apache.logging.log4j.core.appender.rolling.DefaultRolloverStrategy;
import org.apache.logging.log4j.core.appender.rolling.SizeBasedTriggeringPolicy;
import org.apache.logging.log4j.core.config.AbstractConfiguration;
import org.apache.logging.log4j.core.config.AppenderRef;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.apache.logging.log4j.core.layout.Rfc5424Layout;
import org.apache.logging.log4j.core.net.Facility;
import org.apache.logging.log4j.core.net.Protocol;

/// Where this process logs to, beside log4j2.xml, which says where it starts. Sinks are made first,
/// which can fail, and then used, which cannot.
final class LogSinks {
    private static final int WAITING = 1024;
    private static final int CONNECT_MILLIS = 1000;
    private static final int RECONNECT_MILLIS = 5000;
    private static final AtomicLong NAMES = new AtomicLong();

    private final LoggerContext context = (LoggerContext) LogManager.getContext(false);
    private final AbstractConfiguration configuration =
            (AbstractConfiguration) context.getConfiguration();
    private final LoggerConfig root = configuration.getRootLogger();
    private final LoggerConfig own = configuration.getLoggerConfig("org.lagopus");
    private final Level first = own.getLevel();
    private final Path directory;
    private Made used = new Made(new Settings(), List.of(), List.of());

    /// @param level empty: that of the start
    record Settings(
            Optional<Level> level, boolean console, Optional<LogFile> file, List<Remote> remotes) {
        /// What holds where nothing is configured.
        Settings() {
            this(Optional.empty(), true, Optional.empty(), List.of());
        }
    }

    /// @param mebibytes size at which another file is begun
    /// @param files how many there are at most, the one that is written included
    record LogFile(int mebibytes, int files) {}

    /// @param address a literal
    record Remote(String address, int port, Protocol protocol) {}

    /// Sinks that are open.
    ///
    /// @param attached those that lines go to
    /// @param behind those that stand behind a queue
    record Made(Settings settings, List<Appender> attached, List<Appender> behind) {}

    /// @param directory of the log files; made when the first one is
    LogSinks(Path directory) {
        this.directory = directory;
    }

    Settings settings() {
        return used.settings();
    }

    /// Opens files and sockets. A host that does not answer is tried again later and is no error.
    ///
    /// @throws IOException when the file cannot be written
    Made make(Settings settings) throws IOException {
        var attached = new ArrayList<Appender>();
        var behind = new ArrayList<Appender>();
        if (settings.file().isPresent()) {
            attached.add(file(settings.file().get()));
        }
        for (var remote : settings.remotes()) {
            var socket = socket(remote);
            behind.add(socket);
            attached.add(queue(socket));
        }
        return new Made(settings, List.copyOf(attached), List.copyOf(behind));
    }

    /// Lines go to these from now on, and what was used before is closed.
    void use(Made next) {
        var last = used;
        used = next;
        next.attached().forEach(sink -> root.addAppender(sink, null, null));
        var console = configuration.<Appender>getAppender("stderr");
        root.removeAppender("stderr");
        if (next.settings().console() && console != null) {
            root.addAppender(console, null, null);
        }
        own.setLevel(next.settings().level().orElse(first));
        context.updateLoggers();
        last.attached().forEach(sink -> root.removeAppender(sink.getName()));
        close(last);
    }

    /// Those that were made and are not wanted.
    void close(Made made) {
        made.attached().forEach(LifeCycle::stop);
        made.behind().forEach(sink -> configuration.removeAppender(sink.getName()));
    }

    private Appender file(LogFile file) throws IOException {
        Files.createDirectories(directory);
        var path = directory.resolve("lagopusd.log");
        // Log4j would say on its own status log, and to nobody else, that it cannot.
        Files.newByteChannel(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND).close();
        return started(
                RollingFileAppender.newBuilder()
                        .setName(name("file"))
                        .setConfiguration(configuration)
                        .withFileName(path.toString())
                        .withFilePattern(path + ".%i")
                        .withPolicy(
                                SizeBasedTriggeringPolicy.createPolicy(file.mebibytes() + " MB"))
                        .withStrategy(
                                DefaultRolloverStrategy.newBuilder()
                                        .withMin("1")
                                        .withMax(String.valueOf(file.files() - 1))
                                        .withFileIndex("min")
                                        .withConfig(configuration)
                                        .build())
                        .setLayout(
                                PatternLayout.newBuilder()
                                        .withConfiguration(configuration)
                                        .withCharset(StandardCharsets.UTF_8)
                                        .withPattern(
                                                "%d{ISO8601} %-5p [%t] %c{1}: %notEmpty{[%X{transaction}] }%m%n%xEx{20}")
                                        .build())
                        .build());
    }

    /// RFC 5424, with the trailer of RFC 6587 section 3.4.2 on a connection.
    private Appender socket(Remote remote) {
        boolean connection = remote.protocol() == Protocol.TCP;
        var appender =
                started(
                        SocketAppender.newBuilder()
                                .setName(name("remote"))
                                .setConfiguration(configuration)
                                .setHost(remote.address())
                                .setPort(remote.port())
                                .setProtocol(remote.protocol())
                                .setConnectTimeoutMillis(CONNECT_MILLIS)
                                .setReconnectDelayMillis(RECONNECT_MILLIS)
                                .setImmediateFail(true)
                                .setLayout(
                                        new Rfc5424Layout.Rfc5424LayoutBuilder()
                                                .setConfig(configuration)
                                                .setFacility(Facility.DAEMON)
                                                .setAppName("lagopusd")
                                                .setIncludeMDC(true)
                                                .setIncludes("transaction")
                                                .setMdcId("lagopus")
                                                .setIncludeNL(connection)
                                                .setEscapeNL(" ")
                                                .build())
                                .build());
        configuration.addAppender(appender);
        return appender;
    }

    /// A host that is slow holds up nobody: what does not fit into the queue is lost.
    private Appender queue(Appender behind) {
        return started(
                AsyncAppender.newBuilder()
                        .setName(name("queue"))
                        .setConfiguration(configuration)
                        .setAppenderRefs(
                                new AppenderRef[] {
                                    AppenderRef.createAppenderRef(behind.getName(), null, null)
                                })
                        .setBufferSize(WAITING)
                        .setBlocking(false)
                        .setShutdownTimeout(CONNECT_MILLIS)
                        .build());
    }

    /// Old and new sinks stand side by side for a moment.
    private static String name(String kind) {
        return kind + "-" + NAMES.incrementAndGet();
    }

    private static Appender started(Appender appender) {
        appender.start();
        return appender;
    }
}
