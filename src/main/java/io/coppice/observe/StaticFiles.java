package io.coppice.observe;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The pages that come with the broker, read from its jar and kept in memory, so that nothing is written to a
 * disk that may be read-only. A path is a list of plain names; whatever else it holds, nothing is there.
 */
final class StaticFiles {
    /**
     * One file as a browser gets it.
     *
     * @param packed the content by gzip, done once and not for everybody who asks; null where that is no shorter
     * @param etag changes with the content; weak, as the bytes on the wire may be compressed
     */
    record File(Buffer content, @Nullable Buffer packed, String type, String etag) {}

    private static final Pattern PLAIN = Pattern.compile("(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+");
    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("html", "text/html; charset=utf-8"),
            Map.entry("css", "text/css; charset=utf-8"),
            Map.entry("js", "text/javascript; charset=utf-8"),
            Map.entry("mjs", "text/javascript; charset=utf-8"),
            Map.entry("json", "application/json"),
            Map.entry("svg", "image/svg+xml"),
            Map.entry("png", "image/png"),
            Map.entry("txt", "text/plain; charset=utf-8"),
            Map.entry("md", "text/plain; charset=utf-8"));

    private final String root;
    private final Map<String, File> loaded = new ConcurrentHashMap<>();

    /** @param root folder in the class path, without slashes at its ends */
    StaticFiles(String root) {
        this.root = root;
    }

    /** A file that was read before, or null; never blocks. */
    @Nullable
    File cached(String path) {
        return loaded.get(withIndex(path));
    }

    /**
     * A file, or null where there is none; reads from the jar.
     *
     * @param path as in the request, beginning with a slash; one that ends with a slash means its index.html
     */
    @Nullable
    File load(String path) {
        String wanted = withIndex(path);
        String type = TYPES.get(wanted.substring(wanted.lastIndexOf('.') + 1));
        if (type == null || !PLAIN.matcher(wanted).matches()) {
            return null;
        }
        try (InputStream in = StaticFiles.class.getClassLoader().getResourceAsStream(root + wanted)) {
            if (in == null) {
                return null;
            }
            byte[] content = in.readAllBytes();
            File file = new File(Buffer.buffer(content), packed(content), type, etag(content));
            loaded.put(wanted, file);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + root + wanted + " from the class path", e);
        }
    }

    private static String withIndex(String path) {
        return path.endsWith("/") ? path + "index.html" : path;
    }

    private static @Nullable Buffer packed(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(content.length / 2);
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content);
        }
        return bytes.size() < content.length ? Buffer.buffer(bytes.toByteArray()) : null;
    }

    private static String etag(byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return "W/\"" + HexFormat.of().formatHex(digest, 0, 12) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
