package io.coppice.client;

/** With what the commands end. */
public final class Status {
    public static final int DONE = 0;
    public static final int WRONG = 1;
    /** There is no connection: none could be made, it was refused, or it was lost. */
    public static final int UNCONNECTED = 2;
    /** The broker refused a message or a subscription. */
    public static final int REFUSED = 3;
    /** As that of Mosquitto's commands. */
    public static final int TIMED_OUT = 27;

    private Status() {}
}
