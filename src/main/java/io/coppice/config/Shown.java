package io.coppice.config;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Values of a configuration as a message may show them. Whoever writes a secret where its file, or a URL, is asked for must not find
 * it in a log.
 */
public final class Shown {
    private static final String HIDDEN = "what is written there (not shown, for it may be the secret itself)";
    private static final Pattern USER = Pattern.compile("//.*@");
    private static final Pattern QUERY = Pattern.compile("[?#].*", Pattern.DOTALL);

    private Shown() {}

    /** A path, where it is plainly one: it is there, or would be in a directory that is there. */
    public static String path(String text) {
        try {
            Path path = Path.of(text);
            Path directory = path.getParent();
            return Files.exists(path) || directory != null && Files.isDirectory(directory) ? text : HIDDEN;
        } catch (InvalidPathException noPath) {
            return HIDDEN;
        }
    }

    /** A URL without what may be secret of it: the user and the query. */
    public static String url(String text) {
        return QUERY.matcher(USER.matcher(text).replaceFirst("//…@")).replaceFirst("?…");
    }
}
