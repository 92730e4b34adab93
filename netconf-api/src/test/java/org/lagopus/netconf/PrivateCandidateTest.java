package org.lagopus.netconf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Private candidates (draft-ietf-netconf-privcand), asked for by real clients.
@Tag("R17")
@Timeout(60)
class PrivateCandidateTest {
    private static final String NETWORK = "urn:example:network";
    private static final String NAME = "<hostname xmlns=\"" + NETWORK + "\"/>";
    private static final String UPDATE =
            "<update"
                    + " xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-private-candidate\">%s</update>";

    @TempDir Path directory;
    private Box box;
    private Client mine;
    private Client shared;

    @BeforeEach
    void start() throws Exception {
        box = Box.at(directory);
        mine = Client.separate(box);
        shared = Client.admin(box);
    }

    @AfterEach
    void stop() throws Exception {
        shared.close();
        mine.close();
        box.close();
    }

    private static String name(String name) {
        return "<hostname xmlns=\"%s\">%s</hostname>".formatted(NETWORK, name);
    }

    @Test
    void belongsToTheSessionThatAsksForItInItsHello() throws Exception {
        assertThat(mine.hello())
                .contains("<capability>urn:ietf:params:netconf:capability:private-candidate:1.0<");
        mine.ok(mine.edit("candidate", name("mine")));
        assertThat(mine.candidate(NAME)).contains(">mine<");
        assertThat(shared.candidate(NAME)).doesNotContain("mine");
        shared.ok("<lock><target><candidate/></target></lock>");
        mine.ok("<validate><source><candidate/></source></validate>");
        mine.ok("<commit/>");
        assertThat(shared.running(NAME)).contains(">mine<");
    }

    @Test
    void isUpdatedFromRunningAsTheClientResolvesConflicts() throws Exception {
        mine.ok(mine.edit("candidate", name("mine")));
        shared.ok(shared.edit("running", name("theirs")));
        var refusal = mine.rpc(UPDATE.formatted(""));
        assertThat(Client.tag(refusal)).isEqualTo("operation-failed");
        assertThat(refusal)
                .contains("<error-app-tag>conflict</error-app-tag>", ":hostname</error-path>");
        assertThat(mine.refused("<commit/>")).isEqualTo("operation-failed");
        assertThat(mine.refused(UPDATE.formatted("<resolution-mode>ignore</resolution-mode>")))
                .isEqualTo("invalid-value");
        mine.ok(UPDATE.formatted("<resolution-mode>prefer-candidate</resolution-mode>"));
        mine.ok("<commit/>");
        assertThat(shared.running(NAME)).contains(">mine<");
    }

    @Test
    void thereIsNothingToUpdateInASessionWithoutOne() throws Exception {
        assertThat(shared.refused(UPDATE.formatted(""))).isEqualTo("operation-not-supported");
    }
}
