package org.lagopus.component;

import java.util.List;

/// A grant or an operation is refused, with the reasons.
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Refusal> refusals;

    /// @param refusals at least one
    public RefusedException(List<Refusal> refusals) {
        super(refusals.getFirst().message());
        this.refusals = List.copyOf(refusals);
    }

    /// @param tag an error-tag of RFC 6241 appendix A
    public RefusedException(String tag, String message) {
        this(List.of(Refusal.of(tag, message)));
    }

    public List<Refusal> refusals() {
        return refusals;
    }
}
