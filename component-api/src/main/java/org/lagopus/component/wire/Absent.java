package org.lagopus.component.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import java.io.IOException;

/// Numbers and truth values of messages that may be left out. All others may not.
final class Absent {
    private Absent() {}

    static final class IsFalse extends StdDeserializer<Boolean> {
        private static final long serialVersionUID = 1L;

        IsFalse() {
            super(boolean.class);
        }

        @Override
        public Boolean deserialize(JsonParser in, DeserializationContext context)
                throws IOException {
            return _parseBooleanPrimitive(in, context);
        }

        @Override
        public Boolean getNullValue(DeserializationContext context) {
            return false;
        }
    }

    static final class IsZero extends StdDeserializer<Long> {
        private static final long serialVersionUID = 1L;

        IsZero() {
            super(long.class);
        }

        @Override
        public Long deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return _parseLongPrimitive(in, context);
        }

        @Override
        public Long getNullValue(DeserializationContext context) {
            return 0L;
        }
    }
}
