package org.lagopus.component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lagopus.component.wire.MessageCodec;

@Tag("R14")
class PathTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/openconfig-interfaces:interfaces",
                "/openconfig-interfaces:interfaces/interface[name='eth0']",
                "/a:x/y[k1='1'][k2='b']/b:z/w[name=\"it's\"]",
                "/a:x/leaf-list[.='v]/[']",
                "/a:x/y[k='both '' and \"']",
            })
    void theTextComesBackAsItWas(String text) {
        assertThat(Path.parse(text)).hasToString(text);
    }

    @Test
    void keysAndShapeAreAtHand() {
        var path =
                Path.parse(
                        "/oc-if:interfaces/oc-if:interface[ oc-if:name = \"eth0\" ]"
                                + "/subinterfaces/subinterface[index='7']/lagopus-if-ip:ipv4");
        assertThat(path.shape()).isEqualTo("interfaces/interface/subinterfaces/subinterface/ipv4");
        assertThat(path.key("interface", "name")).isEqualTo("eth0");
        assertThat(path.key("subinterface", "index")).isEqualTo("7");
        assertThat(path.last().module()).isEqualTo("lagopus-if-ip");
        assertThatThrownBy(() -> path.key("interface", "index"))
                .isInstanceOf(NoSuchElementException.class);
        assertThat(path)
                .hasToString(
                        "/oc-if:interfaces/interface[name='eth0']"
                                + "/subinterfaces/subinterface[index='7']/lagopus-if-ip:ipv4");
        assertThat(path.child("addresses").child("address", Map.of("ip", "::1")).toString())
                .endsWith("/lagopus-if-ip:ipv4/addresses/address[ip='::1']");
        assertThat(path.startsWith(Path.parse("/oc-if:interfaces"))).isTrue();
        assertThat(path.startsWith(Path.parse("/oc-if:others"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "x", "/x", "/a:", "/a:b/", "/a:b[", "/a:b[c]", "/a:b[c='d]"})
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> Path.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void valuesAreFoundByPlainNames() throws Exception {
        var value =
                MessageCodec.mapper()
                        .readValue(
                                """
                                {"name":"eth0","config":{"mtu":1500,"enabled":false,
                                 "lagopus-dataplane:driver":"tap","big":"5000000000",
                                 "core":["1","2"]}}\
                                """,
                                ObjectNode.class);
        var put = new Edit.Put(Path.parse("/a:b"), value);
        assertThat(put.text("name")).isEqualTo("eth0");
        assertThat(put.number("config/mtu", 0)).isEqualTo(1500);
        assertThat(put.number("config/big", 0)).isEqualTo(5_000_000_000L);
        assertThat(put.flag("config/enabled", true)).isFalse();
        assertThat(put.text("config/driver")).isEqualTo("tap");
        assertThat(put.text("config/lagopus-dataplane:driver")).isEqualTo("tap");
        assertThat(put.text("config/iver", "none")).isEqualTo("none");
        assertThat(put.texts("config/core")).containsExactly("1", "2");
        assertThat(put.texts("config/absent")).isEmpty();
    }
}
