package io.coppice.backup;

/** A field of a line is missing, or has a value that is not allowed; whoever knows the line's number tells it. */
final class WrongField extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String detail;

    WrongField(String detail) {
        super(detail);
        this.detail = detail;
    }

    String detail() {
        return detail;
    }
}
