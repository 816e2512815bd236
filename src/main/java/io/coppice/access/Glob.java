package io.coppice.access;

/** A text in which {@code *} stands for any characters and {@code ?} for any one; the rest is meant as it is written. */
record Glob(String pattern) {
    boolean isLiteral() {
        return pattern.indexOf('*') < 0 && pattern.indexOf('?') < 0;
    }

    /** In time that is at worst the product of both lengths. */
    boolean matches(String text) {
        int at = 0;
        int wanted = 0;
        int star = -1;
        int retry = 0;
        while (at < text.length()) {
            char next = wanted < pattern.length() ? pattern.charAt(wanted) : 0;
            if (wanted < pattern.length() && next == '*') {
                star = wanted++;
                retry = at;
            } else if (wanted < pattern.length() && (next == '?' || next == text.charAt(at))) {
                wanted++;
                at++;
            } else if (star >= 0) {
                wanted = star + 1;
                at = ++retry;
            } else {
                return false;
            }
        }
        while (wanted < pattern.length() && pattern.charAt(wanted) == '*') {
            wanted++;
        }
        return wanted == pattern.length();
    }

    @Override
    public String toString() {
        return pattern;
    }
}
