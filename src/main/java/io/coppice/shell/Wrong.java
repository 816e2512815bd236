package io.coppice.shell;

/** What was typed, or stands in the environment or a file, is wrong; its message goes to the person. */
public final class Wrong extends Exception {
    private static final long serialVersionUID = 1;

    public Wrong(String message) {
        super(message);
    }
}
