package io.coppice.session;

/** The limits that hold at the moment for the sessions of one loop; for that loop alone. */
public final class SessionBounds {
    private SessionLimits limits;

    public SessionBounds(SessionLimits limits) {
        this.limits = limits;
    }

    public SessionLimits limits() {
        return limits;
    }

    /**
     * Others hold from now on. What a session has beyond them it keeps; it gets no more. What was agreed with a client holds until
     * it connects again.
     */
    public void change(SessionLimits others) {
        limits = others;
    }
}
