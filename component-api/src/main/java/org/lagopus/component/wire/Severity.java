package org.lagopus.component.wire;

import com.fasterxml.jackson.annotation.JsonProperty;

/// How bad an alarm is, in the words of RFC 8632.
public enum Severity {
    @JsonProperty("warning")
    WARNING,
    @JsonProperty("minor")
    MINOR,
    @JsonProperty("major")
    MAJOR,
    @JsonProperty("critical")
    CRITICAL
}
