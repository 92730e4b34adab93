package org.lagopus.netconf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What each mistake is called: RFC 6241 appendix A and RFC 7950 §8.3 and §15, as a client sees it.
@Tag("R12")
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class ErrorsTest {
    @TempDir static Path directory;
    private static Box box;
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        box = Box.at(directory);
        client = Client.admin(box);
    }

    @AfterAll
    static void stop() throws Exception {
        client.close();
        box.close();
    }

    private static String c(String content) {
        return "<c xmlns=\"urn:example:constraints\" xmlns:c=\"urn:example:constraints\""
                + " xmlns:y=\"urn:ietf:params:xml:ns:yang:1\">"
                + content
                + "</c>";
    }

    private static String server(String name, String ip) {
        return "<server><name>%s</name><ip>%s</ip><port>1</port></server>".formatted(name, ip);
    }

    @Nullable
    private static String of(String element, String reply) {
        var found =
                Pattern.compile("<%s[^>]*>([^<]*)</%s>".formatted(element, element)).matcher(reply);
        return found.find() ? found.group(1) : null;
    }

    /// An edit of running that breaks one constraint.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "operation-failed | too-many-elements | /c:c/c:server |"
                        + " <server><name>1</name></server><server><name>2</name></server><server><name>3</name></server><server><name>4</name></server>"
                        + " | ",
                "operation-failed | too-few-elements | /c:c/c:group/c:member |"
                        + " <group><member>a</member></group> | ",
                "operation-failed | too-few-elements | /c:c/c:group/c:member | <group/> | ",
                "operation-failed | must-violation | /c:c/c:limits |"
                        + " <limits><low>5</low><high>4</high></limits> | ",
                "operation-failed | unlucky | /c:c/c:limits | <limits><low>13</low></limits> | ",
                "data-missing | instance-required | /c:c/c:chosen | <chosen>nobody</chosen> | ",
                "data-missing | instance-required | /c:c/c:any | <any>/c:c/c:limits/c:low</any> | ",
                "data-missing | missing-choice | /c:c/c:way | <way/> | <missing-choice"
                        + " xmlns=\"urn:ietf:params:xml:ns:yang:1\">how</missing-choice>",
                "bad-attribute | missing-instance | /c:c/c:ordered[c:id='1'] | <ordered"
                        + " y:insert='before' y:key=\"[c:id='9']\"><id>1</id></ordered> |"
                        + " <bad-attribute>key</bad-attribute>",
                "unknown-element | | /c:c/c:extra | <extra>x</extra> |"
                        + " <bad-element>extra</bad-element>",
                "data-missing | | /c:c/c:must-have/c:it | <must-have/> | ",
                "invalid-value | out-of-range | /c:c/c:number | <number>11</number> |"
                        + " <bad-element>number</bad-element>",
                "invalid-value | | /c:c/c:number | <number>many</number> |"
                        + " <bad-element>number</bad-element>",
                "data-exists | | /c:c/c:number | <number nc:operation='create'>5</number> | ",
                "data-missing | | /c:c/c:limits | <limits nc:operation='delete'/> | ",
                "missing-element | | /c:c/c:server | <server><ip>1</ip></server> |"
                        + " <bad-element>name</bad-element>",
                "unknown-element | | /c:c | <odd/> | <bad-element>odd</bad-element>",
                "unknown-namespace | | /c:c | <odd xmlns='urn:odd'/> |"
                        + " <bad-namespace>urn:odd</bad-namespace>",
                "bad-element | | /c:c/c:way/c:drive | <way><walk/><drive/></way> |"
                        + " <bad-element>drive</bad-element>",
                "bad-attribute | | /c:c/c:number | <number nc:operation='odd'>5</number> |"
                        + " <bad-attribute>operation</bad-attribute>",
                "unknown-attribute | | /c:c/c:number | <number odd='1'>5</number> |"
                        + " <bad-attribute>odd</bad-attribute>",
                "missing-attribute | | /c:c/c:ordered | <ordered"
                        + " y:insert='after'><id>1</id></ordered> | <bad-attribute>key</bad-attribute>",
            })
    void ofData(
            String tag, @Nullable String appTag, String path, String content, @Nullable String info)
            throws Exception {
        client.ok(client.edit("running", c("<number>1</number>")));
        var refusal = client.rpc(client.edit("running", c(content)));

        assertThat(of("error-tag", refusal)).isEqualTo(tag);
        assertThat(of("error-type", refusal)).isEqualTo("application");
        assertThat(of("error-severity", refusal)).isEqualTo("error");
        assertThat(of("error-app-tag", refusal)).isEqualTo(appTag);
        assertThat(of("error-path", refusal)).isEqualTo(path);
        assertThat(refusal).contains("<error-path xmlns:c=\"urn:example:constraints\">");
        assertThat(of("error-message", refusal)).isNotBlank();
        if (info != null) {
            assertThat(refusal).contains("<error-info>").contains(info);
        }
    }

    /// RFC 7950 §15.1: each leaf that is not unique is named.
    @Test
    void ofWhatIsNotUnique() throws Exception {
        var refusal = client.rpc(client.edit("running", c(server("a", "1") + server("b", "1"))));

        assertThat(of("error-tag", refusal)).isEqualTo("operation-failed");
        assertThat(of("error-app-tag", refusal)).isEqualTo("data-not-unique");
        for (var leaf : new String[] {"ip", "port"}) {
            for (var name : new String[] {"a", "b"}) {
                assertThat(refusal)
                        .contains(
                                "<non-unique xmlns=\"urn:ietf:params:xml:ns:yang:1\" xmlns:c=\"urn:example:constraints\">/c:c/c:server[c:name='%s']/c:%s</non-unique>"
                                        .formatted(name, leaf));
            }
        }
    }

    /// What is wrong with a message or an operation and not with data.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "rpc | missing-attribute | <rpc xmlns='%s'><get/></rpc> |"
                        + " <bad-attribute>message-id</bad-attribute>",
                "rpc | malformed-message | <rpc xmlns='%s' message-id='1'><get></rpc> | ",
                "rpc | malformed-message | no xml | ",
                "rpc | unknown-element | <get xmlns='%s'/> | <bad-element>get</bad-element>",
                "rpc | too-big | <rpc xmlns='%s'"
                        + " message-id='1'><get><filter><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></filter></get></rpc>"
                        + " | ",
                "protocol | missing-element | <rpc xmlns='%s' message-id='1'/> |"
                        + " <bad-element>rpc</bad-element>",
                "protocol | unknown-element | <rpc xmlns='%s' message-id='1'><get/><get/></rpc> |"
                        + " <bad-element>get</bad-element>",
                "protocol | operation-not-supported | <rpc xmlns='%s' message-id='1'><odd/></rpc> |"
                        + " ",
                "protocol | unknown-attribute | <rpc xmlns='%s' message-id='1'><get odd='1'/></rpc>"
                        + " | <bad-attribute>odd</bad-attribute>",
                "protocol | unknown-element | <rpc xmlns='%s'"
                        + " message-id='1'><get><odd/></get></rpc> | <bad-element>odd</bad-element>",
                "protocol | missing-element | <rpc xmlns='%s' message-id='1'><get-config/></rpc> |"
                        + " <bad-element>source</bad-element>",
                "protocol | invalid-value | <rpc xmlns='%s'"
                        + " message-id='1'><kill-session><session-id>0</session-id></kill-session></rpc>"
                        + " | <bad-element>session-id</bad-element>",
                "protocol | missing-element | <rpc xmlns='%s'"
                        + " message-id='1'><commit><persist>a</persist></commit></rpc> |"
                        + " <bad-element>confirmed</bad-element>",
            })
    void ofMessages(String type, String tag, String message, @Nullable String info)
            throws Exception {
        var refusal = client.raw(message.replace("%s", Names.BASE));

        assertThat(of("error-tag", refusal)).isEqualTo(tag);
        assertThat(of("error-type", refusal)).isEqualTo(type);
        assertThat(of("error-path", refusal)).isNull();
        if (info != null) {
            assertThat(refusal).contains(info);
        }
        client.ok("<get-config><source><running/></source><filter/></get-config>");
    }

    @Test
    void ofLocks() throws Exception {
        try (var other = Client.admin(box)) {
            other.ok("<lock><target><running/></target></lock>");
            var denied = client.rpc("<lock><target><running/></target></lock>");
            assertThat(of("error-tag", denied)).isEqualTo("lock-denied");
            assertThat(of("error-type", denied)).isEqualTo("protocol");
            assertThat(of("session-id", denied)).isEqualTo(Long.toString(other.session()));
            var inUse = client.rpc(client.edit("running", c("<number>2</number>")));
            assertThat(of("error-tag", inUse)).isEqualTo("in-use");
            other.ok("<unlock><target><running/></target></unlock>");
        }
    }

    /// All of them together, not the first.
    @Test
    void ofSeveralMistakesAtOnce() throws Exception {
        var refusal =
                client.rpc(
                        client.edit(
                                "running",
                                c("<way/><chosen>nobody</chosen><limits><low>13</low></limits>")));

        assertThat(Pattern.compile("<error-app-tag>([^<]*)").matcher(refusal).results())
                .extracting(found -> found.group(1))
                .containsExactlyInAnyOrder("missing-choice", "instance-required", "unlucky");
    }
}
