package org.lagopus.component.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lagopus.component.ring.messages.Driver;
import org.lagopus.component.ring.messages.Header;
import org.lagopus.component.ring.messages.MalformedMessageException;
import org.lagopus.component.ring.messages.Message;
import org.lagopus.component.ring.messages.NextHop;
import org.lagopus.component.ring.messages.NextHopKind;
import org.lagopus.component.ring.messages.PortDelete;
import org.lagopus.component.ring.messages.PortSet;
import org.lagopus.component.ring.messages.RouteSet;
import org.lagopus.component.ring.messages.RouteSource;

@Tag("R32")
class MessagesTest {
    private static final PortSet PORT =
            new PortSet(
                    65535,
                    Driver.AF_PACKET,
                    true,
                    false,
                    9000,
                    65535,
                    1,
                    4_294_967_295L,
                    512,
                    0x0200_5e10_0001L,
                    0x8000_0000_0000_0001L,
                    "eth0",
                    "va0",
                    "");

    private final MemorySegment memory = Arena.ofAuto().allocate(2048, 8);

    @Test
    void unsignedNumbersComeBackAsTheyWere() {
        assertThat(written(PORT)).isEqualTo(PORT);
    }

    @Test
    void elementsBehindAMessageAreCounted() {
        var hops =
                List.of(
                        new NextHop(NextHopKind.GATEWAY, 4, 7, 1, 0xc0000201_00000000L, 0),
                        new NextHop(NextHopKind.BLACKHOLE, 4, 0, 255, 0, 0));
        var route = new RouteSet(1, 4, 24, RouteSource.STATIC, 1, 0, 0x0a000000_00000000L, 0, hops);

        assertThat(route.size()).isEqualTo(RouteSet.SIZE + 2 * NextHop.SIZE);
        assertThat(written(route)).isEqualTo(route);
    }

    @Test
    void addressesStandInNetworkOrder() {
        written(
                new RouteSet(
                        1, 4, 24, RouteSource.STATIC, 1, 0, 0xc0000201_00000000L, 0, List.of()));

        assertThat(memory.get(ValueLayout.JAVA_BYTE, 48)).isEqualTo((byte) 0xc0);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, 51)).isEqualTo((byte) 1);
    }

    @Test
    void numbersAndTextsThatDoNotFitAreNeverWritten() {
        assertThatThrownBy(() -> new PortDelete(1L << 32).write(memory, 0))
                .isInstanceOf(IllegalArgumentException.class);
        var longName =
                new PortSet(
                        1, Driver.TAP, true, false, 1500, 0, 0, 0, 0, 0, 0, "ü".repeat(32), "", "");
        assertThatThrownBy(() -> longName.write(memory, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("63 bytes");
    }

    @Test
    void whatASenderGotWrongIsMalformed() {
        var length = written(PORT) instanceof PortSet p ? p.size() : 0;

        assertThatThrownBy(() -> Message.read(memory, 0, length - 8))
                .isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> Message.read(memory, 0, 8))
                .isInstanceOf(MalformedMessageException.class);
        memory.set(ValueLayout.JAVA_BYTE, 36, (byte) 99);
        assertThatThrownBy(() -> Message.read(memory, 0, length))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessage("driver 99");
        memory.set(ValueLayout.JAVA_BYTE, 36, (byte) 1);
        memory.set(ValueLayout.JAVA_BYTE, 37, (byte) 2);
        assertThatThrownBy(() -> Message.read(memory, 0, length))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessage("bool 2");
    }

    @Test
    void aCountThatDoesNotMatchTheLengthIsMalformed() {
        var route = new RouteSet(1, 4, 24, RouteSource.STATIC, 1, 0, 0, 0, List.of());
        written(route);
        memory.set(ValueLayout.JAVA_INT, 44, -1);

        assertThatThrownBy(() -> Message.read(memory, 0, route.size()))
                .isInstanceOf(MalformedMessageException.class);
    }

    private Message written(Message message) {
        new Header(message.type(), 0, message.size(), 1, 1, 0).write(memory, 0);
        message.write(memory, 0);
        return Message.read(memory, 0, message.size());
    }
}
