package org.lagopus.netconf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R2")
class FramingTest {
    @Test
    void cutsMessagesAtTheEndMark() throws IOException {
        var in = input("<a/>]]>]]>\n <b>]]</b>]]>]]>");

        assertThat(in.next()).isTrue();
        assertThat(text(in)).isEqualTo("<a/>");
        assertThat(in.next()).isTrue();
        assertThat(text(in)).isEqualTo("<b>]]</b>");
        assertThat(in.next()).isFalse();
    }

    @Test
    void joinsTheChunksOfAMessage() throws IOException {
        var in = input("\n#4\n<rpc\n#3\n/>\n\n##\n\n#2\nab\n##\n");
        in.chunked();

        assertThat(in.next()).isTrue();
        assertThat(text(in)).isEqualTo("<rpc/>\n");
        assertThat(in.next()).isTrue();
        assertThat(text(in)).isEqualTo("ab");
        assertThat(in.next()).isFalse();
    }

    @Test
    void passesOverWhatNobodyReadOfAMessage() throws IOException {
        var in = input("\n#10\n0123456789\n##\n\n#1\nx\n##\n");
        in.chunked();

        assertThat(in.next()).isTrue();
        assertThat(in.read()).isEqualTo('0');
        assertThat(in.next()).isTrue();
        assertThat(text(in)).isEqualTo("x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n#0\n",
                "\n#01\nx",
                "\n##\n",
                "#1\nx",
                "\n#4294967296\n",
                "\n#x\n",
                "\n#-1\n",
                "\n#1\nx\n##x",
                "\n#1 \nx"
            })
    void refusesWhatIsNoChunk(String octets) throws IOException {
        var in = input(octets);
        in.chunked();
        assertThat(in.next()).isTrue();

        assertThatThrownBy(() -> text(in)).isInstanceOf(FramedInput.FramingException.class);
        assertThat(in.failure()).isInstanceOf(FramedInput.FramingException.class);
    }

    @Test
    void allocatesNothingForAHugeChunkHeader() throws IOException {
        var in = input("\n#4294967295\nabc");
        in.chunked();
        assertThat(in.next()).isTrue();

        assertThat(in.readNBytes(3)).isEqualTo("abc".getBytes(UTF_8));
        assertThatThrownBy(in::read).isInstanceOf(EOFException.class);
    }

    @Test
    void answersBehindATooLongMessageThatEnds() throws IOException {
        var in = new FramedInput(stream("\n#8\n12345678\n##\n\n#1\nx\n##\n"), 5);
        in.chunked();
        assertThat(in.next()).isTrue();

        assertThatThrownBy(() -> text(in)).isInstanceOf(FramedInput.MessageTooBig.class);
        assertThat(in.tooBig()).isTrue();
        assertThat(in.failure()).isNull();
        assertThat(in.next()).isTrue();
        assertThat(text(in)).isEqualTo("x");
    }

    @Test
    void givesUpOnAMessageThatNeverEnds() throws IOException {
        var in = new FramedInput(stream("\n#90000\n" + "y".repeat(90000)), 5);
        in.chunked();
        assertThat(in.next()).isTrue();
        assertThatThrownBy(() -> text(in)).isInstanceOf(FramedInput.MessageTooBig.class);

        assertThatThrownBy(in::next).isInstanceOf(FramedInput.FramingException.class);
    }

    @Test
    void readsWhatItWroteHoweverTheOctetsArrive() throws IOException {
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (boolean chunked : new boolean[] {false, true}) {
            var wire = new ByteArrayOutputStream();
            var out = new FramedOutput(wire, 16);
            if (chunked) {
                out.chunked();
            }
            var first = "]]>]]".repeat(7) + "a\n##\n";
            var second = "ü".repeat(50);
            out.write(first.getBytes(UTF_8));
            out.flush();
            out.end();
            out.write(second.getBytes(UTF_8));
            out.end();

            var in = new FramedInput(new Dripping(wire.toByteArray(), random), 1000);
            if (chunked) {
                in.chunked();
            }
            assertThat(in.next()).isTrue();
            assertThat(text(in)).as("seed %d", seed).isEqualTo(first);
            assertThat(in.next()).isTrue();
            assertThat(text(in)).as("seed %d", seed).isEqualTo(second);
            assertThat(in.next()).isFalse();
        }
    }

    @Test
    void writesOneChunkForAFullBufferAndNoneForAFlush() throws IOException {
        var wire = new ByteArrayOutputStream();
        var out = new FramedOutput(wire, 4);
        out.begin();
        out.chunked();

        out.write("abc".getBytes(UTF_8));
        out.flush();
        assertThat(out.begun()).isFalse();
        out.write("def".getBytes(UTF_8));
        assertThat(out.begun()).isTrue();
        out.end();

        assertThat(wire.toString(UTF_8)).isEqualTo("\n#4\nabcd\n#2\nef\n##\n");
        assertThat(out.begun()).isFalse();
    }

    @Test
    void forgetsAReplyThatHasNotLeft() throws IOException {
        var wire = new ByteArrayOutputStream();
        var out = new FramedOutput(wire, 100);
        out.begin();
        out.write("half a reply".getBytes(UTF_8));
        out.giveUp();
        out.begin();
        out.write("an error".getBytes(UTF_8));
        out.end();

        assertThat(wire.toString(UTF_8)).isEqualTo("an error]]>]]>");
    }

    @Test
    void lettersOfTwoThreadsDoNotMix() throws Exception {
        var wire = new ByteArrayOutputStream();
        var out = new FramedOutput(wire, 4);
        out.begin();
        out.write("a reply".getBytes(UTF_8));
        var other =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                out.begin();
                                out.write("an event".getBytes(UTF_8));
                                out.end();
                            } catch (IOException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        while (other.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        out.write(" and its end".getBytes(UTF_8));
        out.end();
        other.join();

        assertThat(wire.toString(UTF_8)).isEqualTo("a reply and its end]]>]]>an event]]>]]>");
    }

    @Test
    void nothingFollowsAMessageWithoutAnEnd() throws IOException {
        var out = new FramedOutput(new ByteArrayOutputStream(), 4);
        out.begin();
        out.write("half a reply".getBytes(UTF_8));
        out.giveUp();

        assertThatThrownBy(out::begin).isInstanceOf(IOException.class);
    }

    private static FramedInput input(String octets) {
        return new FramedInput(stream(octets), 1000);
    }

    private static InputStream stream(String octets) {
        return new ByteArrayInputStream(octets.getBytes(UTF_8));
    }

    private static String text(FramedInput in) throws IOException {
        return new String(in.readAllBytes(), UTF_8);
    }

    /// A network that delivers a few octets at a time.
    private static final class Dripping extends InputStream {
        private final InputStream in;
        private final Random random;

        Dripping(byte[] octets, Random random) {
            in = new ByteArrayInputStream(octets);
            this.random = random;
        }

        @Override
        public int read() throws IOException {
            return in.read();
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            return in.read(to, offset, Math.min(length, 1 + random.nextInt(5)));
        }
    }
}
