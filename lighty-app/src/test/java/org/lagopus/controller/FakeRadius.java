package org.lagopus.controller;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// A RADIUS server on loopback (RFC 2865) that knows some passwords and gives everybody the same
/// groups.
final class FakeRadius implements AutoCloseable {
    private static final int ACCEPT = 2;
    private static final int REJECT = 3;
    private static final int MANAGEMENT_POLICY_ID = 135;
    private static final int FILTER_ID = 11;
    private static final int MESSAGE_AUTHENTICATOR = 80;

    final AtomicInteger requests = new AtomicInteger();
    private final DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    private final byte[] secret;
    private final Map<String, String> passwords;
    private volatile boolean silent;
    private volatile boolean unsigned;

    FakeRadius(String secret, Map<String, String> passwords) throws IOException {
        this.secret = secret.getBytes(StandardCharsets.UTF_8);
        this.passwords = passwords;
        Thread.ofVirtual().start(this::serve);
    }

    int port() {
        return socket.getLocalPort();
    }

    void silent(boolean is) {
        silent = is;
    }

    void unsigned(boolean is) {
        unsigned = is;
    }

    private void serve() {
        try {
            while (true) {
                var packet = new DatagramPacket(new byte[4096], 4096);
                socket.receive(packet);
                requests.incrementAndGet();
                if (!silent) {
                    var answer = answer(Arrays.copyOf(packet.getData(), packet.getLength()));
                    socket.send(
                            new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            }
        } catch (IOException | GeneralSecurityException e) {
            socket.close();
        }
    }

    private byte[] answer(byte[] request) throws GeneralSecurityException {
        var authenticator = Arrays.copyOfRange(request, 4, 20);
        var user = "";
        var password = "";
        for (int at = 20; at < request.length; at += request[at + 1]) {
            var value = Arrays.copyOfRange(request, at + 2, at + request[at + 1]);
            switch (request[at]) {
                case 1 -> user = new String(value, StandardCharsets.UTF_8);
                case 2 -> password = clear(value, authenticator);
                default -> {
                    // of no interest here
                }
            }
        }
        boolean good = password.equals(passwords.get(user));
        var attributes = new ByteArrayOutputStream();
        if (!unsigned) {
            attribute(attributes, MESSAGE_AUTHENTICATOR, new byte[16]);
        }
        if (good) {
            attribute(
                    attributes,
                    MANAGEMENT_POLICY_ID,
                    "operators, readers".getBytes(StandardCharsets.UTF_8));
            attribute(attributes, FILTER_ID, "night-shift".getBytes(StandardCharsets.UTF_8));
        }
        var all = attributes.toByteArray();
        var answer = ByteBuffer.allocate(20 + all.length);
        answer.put((byte) (good ? ACCEPT : REJECT))
                .put(request[1])
                .putShort((short) answer.limit());
        answer.put(authenticator).put(all);
        if (!unsigned) {
            var mac = Mac.getInstance("HmacMD5");
            mac.init(new SecretKeySpec(secret, "HmacMD5"));
            answer.put(22, mac.doFinal(answer.array()));
        }
        var md5 = MessageDigest.getInstance("MD5");
        md5.update(answer.array());
        answer.put(4, md5.digest(secret));
        return answer.array();
    }

    private static void attribute(ByteArrayOutputStream to, int type, byte[] value) {
        to.write(type);
        to.write(value.length + 2);
        to.writeBytes(value);
    }

    /// RFC 2865 §5.2.
    private String clear(byte[] hidden, byte[] authenticator) throws GeneralSecurityException {
        var clear = new byte[hidden.length];
        var before = authenticator;
        for (int block = 0; block < hidden.length; block += 16) {
            var md5 = MessageDigest.getInstance("MD5");
            md5.update(secret);
            var mask = md5.digest(before);
            for (int i = 0; i < 16; i++) {
                clear[block + i] = (byte) (hidden[block + i] ^ mask[i]);
            }
            before = Arrays.copyOfRange(hidden, block, block + 16);
        }
        return new String(clear, StandardCharsets.UTF_8).replace("\0", "");
    }

    @Override
    public void close() {
        socket.close();
    }
}
