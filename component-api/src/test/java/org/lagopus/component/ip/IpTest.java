package org.lagopus.component.ip;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R43")
class IpTest {
    private static Ip ip(String text) {
        return Ip.parse(text).orElseThrow();
    }

    /// The examples of RFC 5952 sections 4.1 to 4.2.3, and both ends.
    @ParameterizedTest
    @CsvSource({
        "2001:0db8::0001, 2001:db8::1",
        "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:DB8::A, 2001:db8::a",
        "0:0:0:0:0:0:0:0, ::",
        "0:0:0:0:0:0:0:1, ::1",
        "fe80:0:0:0:0:0:0:0, fe80::",
        "192.0.2.255, 192.0.2.255"
    })
    void anAddressHasOneText(String read, String written) {
        assertThat(Ip.parse(read)).map(Ip::toString).contains(written);
    }

    @Test
    void anIpv4AddressStandsInTheFirstFourBytes() {
        assertThat(ip("192.0.2.1")).isEqualTo(new Ip(4, 0xc0000201_00000000L, 0));
        assertThat(ip("255.255.255.255").isLimitedBroadcast()).isTrue();
    }

    @Test
    void spellingsOfOneAddressAreOneAddress() {
        assertThat(ip("2001:DB8:0::1")).isEqualTo(ip("2001:db8::0:1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host", "1.2.3", "1.2.3.256", "1.2.3.4.5", "::g", "1::2::3"})
    void whatIsNoAddressIsNoneAndIsNotLookedUp(String text) {
        assertThat(Ip.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3, 0, 0.0.0.0, 255.255.255.255",
        "10.1.2.3, 8, 10.0.0.0, 10.255.255.255",
        "10.1.2.3, 32, 10.1.2.3, 10.1.2.3",
        "2001:db8::1, 0, ::, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "2001:db8:1:2:3::1, 64, 2001:db8:1:2::, 2001:db8:1:2:ffff:ffff:ffff:ffff",
        "2001:db8:1:2:8000::1, 65, 2001:db8:1:2:8000::, 2001:db8:1:2:ffff:ffff:ffff:ffff",
        "2001:db8::1, 128, 2001:db8::1, 2001:db8::1"
    })
    void aPrefixEndsAtAnyBit(String text, int length, String first, String last) {
        assertThat(ip(text).masked(length)).isEqualTo(ip(first));
        assertThat(ip(text).filled(length)).isEqualTo(ip(last));
        var prefix = new Prefix(ip(text), length);
        assertThat(prefix.contains(ip(first))).isTrue();
        assertThat(prefix.contains(ip(last))).isTrue();
        assertThat(prefix.hasHostBits()).isEqualTo(!ip(text).equals(ip(first)));
    }

    @Test
    void familiesAreKeptApart() {
        assertThat(Prefix.parse("::/0").orElseThrow().contains(ip("192.0.2.1"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "/8"})
    void whatIsNoPrefixIsNone(String text) {
        assertThat(Prefix.parse(text)).isEmpty();
    }

    @Test
    void specialAddressesAreKnown() {
        assertThat(ip("224.0.0.5").isMulticast()).isTrue();
        assertThat(ip("223.255.255.255").isMulticast()).isFalse();
        assertThat(ip("ff02::1").isMulticast()).isTrue();
        assertThat(ip("127.9.9.9").isLoopback()).isTrue();
        assertThat(ip("::1").isLoopback()).isTrue();
        assertThat(ip("fe80::1").isLinkLocal()).isTrue();
        assertThat(ip("febf::1").isLinkLocal()).isTrue();
        assertThat(ip("fec0::1").isLinkLocal()).isFalse();
        assertThat(ip("169.254.1.1").isLinkLocal()).isTrue();
        assertThat(ip("::").isUnspecified()).isTrue();
    }
}
