package org.lagopus.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("R3")
class OptionsTest {
    @Test
    void anInstalledBoxNeedsNone() throws Exception {
        var options = Options.parse();
        assertThat(options.state()).isEqualTo(Path.of("/var/lib/lagopus"));
        assertThat(options.run()).isEqualTo(Path.of("/run/lagopus"));
        assertThat(options.netconf().orElseThrow().getPort()).isEqualTo(830);
        assertThat(options.restconf().orElseThrow()).hasScheme("https").hasPort(443);
        assertThat(options.components()).isTrue();
    }

    @Test
    void theRunDirectoryFollowsTheStateDirectory() throws Exception {
        assertThat(Options.parse("--state", "/s").run()).isEqualTo(Path.of("/s/run"));
        assertThat(Options.parse("--state", "/s", "--run", "/r").run()).isEqualTo(Path.of("/r"));
    }

    @Test
    void aServerCanBeLeftOutAndAnIpv6AddressBeGiven() throws Exception {
        var options = Options.parse("--restconf", "none", "--netconf", "[::1]:8830");
        assertThat(options.restconf()).isEmpty();
        assertThat(options.netconf().orElseThrow().getAddress().getHostAddress())
                .isEqualTo("0:0:0:0:0:0:0:1");
    }

    @ParameterizedTest
    @CsvSource({
        "--what, , unknown option --what",
        "--netconf, 127.0.0.1, HOST:PORT",
        "--netconf, 127.0.0.1:70000, 0 to 65535",
        "--restconf, https://127.0.0.1, https://HOST:PORT",
        "--restconf, https://127.0.0.1:1/path, https://HOST:PORT",
        "--yang, /no/such/directory, no such directory",
        "--state, , needs a value",
    })
    void whatIsWrongIsNamed(String option, String value, String reason) {
        var arguments = value == null ? new String[] {option} : new String[] {option, value};
        assertThatThrownBy(() -> Options.parse(arguments))
                .isInstanceOf(Options.UsageException.class)
                .hasMessageContaining(reason);
    }
}
