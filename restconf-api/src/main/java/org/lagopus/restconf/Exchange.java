package org.lagopus.restconf;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/// One request and its answer. Short answers are sent with their length; longer ones flow as they
/// are produced. HEAD sends the headers that GET would.
final class Exchange {
    /// Produces the body of an answer.
    @FunctionalInterface
    interface Body {
        void write(OutputStream to) throws IOException;
    }

    private static final int BUFFER = 32 * 1024;
    private static final long UNWANTED = 16 << 20;

    private final Request request;
    private final Response response;
    private final Callback callback;
    private final RestconfServer.Settings settings;

    Exchange(
            Request request,
            Response response,
            Callback callback,
            RestconfServer.Settings settings) {
        this.request = request;
        this.response = response;
        this.callback = callback;
        this.settings = settings;
    }

    Request request() {
        return request;
    }

    String method() {
        return request.getMethod();
    }

    boolean reading() {
        return method().equals("GET") || method().equals("HEAD");
    }

    /// True once nothing but breaking off is left.
    boolean committed() {
        return response.isCommitted();
    }

    void header(HttpHeader name, String value) {
        response.getHeaders().put(name, value);
    }

    void header(String name, String value) {
        response.getHeaders().put(name, value);
    }

    /// The request's body: as long as the settings allow, and arriving in time.
    InputStream body() throws Refusal {
        if (request.getLength() > settings.maxBody()) {
            throw new BoundedInput.TooBig(settings.maxBody()).refusal();
        }
        return new BoundedInput(
                Content.Source.asInputStream(request), settings.maxBody(), settings.bodyTime());
    }

    /// Reads what is left of a body nobody wants. A client that is still sending when it is
    /// answered takes the answer for a broken connection. One that asked first (RFC 9110 §10.1.1)
    /// has not begun, and one that sends without end is cut off.
    void drain() {
        if (!request.getHeaders().contains(HttpHeader.EXPECT)) {
            try {
                new BoundedInput(
                                Content.Source.asInputStream(request),
                                UNWANTED,
                                settings.bodyTime())
                        .transferTo(OutputStream.nullOutputStream());
            } catch (IOException _) {
                // the answer goes out all the same
            }
        }
    }

    void reply(int status) {
        response.setStatus(status);
        callback.succeeded();
    }

    void reply(int status, String type, Body body) throws IOException {
        var answer = new Answer(status, type);
        try {
            body.write(answer);
            answer.finish();
        } catch (Enough _) {
            answer.head();
            callback.succeeded();
        } catch (IOException | RuntimeException e) {
            if (!committed()) {
                throw e;
            }
            callback.failed(e);
        }
    }

    void fail(Throwable why) {
        callback.failed(why);
    }

    /// A HEAD needs no more of its body than what tells whether the length is sent.
    private static final class Enough extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private final class Answer extends OutputStream {
        private final byte[] buffer = new byte[BUFFER];
        private final int status;
        private final String type;
        private int used;
        private @Nullable OutputStream sink;

        Answer(int status, String type) {
            this.status = status;
            this.type = type;
        }

        void head() {
            response.setStatus(status);
            header(HttpHeader.CONTENT_TYPE, type);
        }

        @Override
        public void write(int b) throws IOException {
            if (used == BUFFER) {
                flow();
            }
            buffer[used++] = (byte) b;
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            for (int done = 0; done < count; ) {
                if (used == BUFFER) {
                    flow();
                }
                int n = Math.min(count - done, BUFFER - used);
                System.arraycopy(bytes, from + done, buffer, used, n);
                used += n;
                done += n;
            }
        }

        private void flow() throws IOException {
            if (method().equals("HEAD")) {
                throw new Enough();
            }
            if (sink == null) {
                head();
                sink = Content.Sink.asOutputStream(response);
            }
            sink.write(buffer, 0, used);
            used = 0;
        }

        void finish() throws IOException {
            if (sink == null) {
                head();
                response.getHeaders().put(HttpHeader.CONTENT_LENGTH, used);
                response.write(true, ByteBuffer.wrap(buffer, 0, used), callback);
                return;
            }
            sink.write(buffer, 0, used);
            sink.close();
            callback.succeeded();
        }
    }
}
