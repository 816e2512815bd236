package io.coppice.access;

/** User names that others give. */
final class Names {
    private Names() {}

    /** Whether a client could have said it as its User Name, and a log can show it. */
    static boolean isUsable(String name) {
        return !name.isBlank() && name.length() <= 65_535 && name.codePoints().noneMatch(Character::isISOControl);
    }
}
