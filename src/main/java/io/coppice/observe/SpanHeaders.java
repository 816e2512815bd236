package io.coppice.observe;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.config.ConfigException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a request for a collector says beside the spans, such as a token: lines {@code Name: value} of a file, which is read anew for each
 * batch, since tokens are changed. What no longer reads leaves in force what was read before. Values are secrets, and are never shown.
 */
public final class SpanHeaders {
    /** Nothing. */
    public static final SpanHeaders NONE = new SpanHeaders(null, Map.of());

    static final int BYTES_MAX = 16_384;
    static final int COUNT_MAX = 32;

    private static final Logger LOG = LoggerFactory.getLogger(SpanHeaders.class);
    private static final String ALLOWED = "; allowed: lines \"Name: value\" of ASCII, at most " + COUNT_MAX
            + " of them, in " + BYTES_MAX + " bytes; lines that are empty or begin with # are left out";
    /** A token (RFC 9110, 5.6.2), and visible characters with spaces between them (5.5). */
    private static final Pattern LINE =
            Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}):[ \\t]*([!-~]([ \\t!-~]*[!-~])?)[ \\t]*");
    /** These are the exporter's own. */
    private static final Set<String> OWN =
            Set.of("connection", "content-length", "content-type", "expect", "host", "transfer-encoding", "upgrade");

    private final @Nullable Path file;
    private Map<String, String> known;
    private String said = "";

    private SpanHeaders(@Nullable Path file, Map<String, String> known) {
        this.file = file;
        this.known = known;
    }

    /**
     * Those of a file.
     *
     * @param file empty for none
     * @throws ConfigException if it is not as it should be; the message quotes nothing of it
     */
    public static SpanHeaders of(String file) throws ConfigException {
        if (file.isEmpty()) {
            return NONE;
        }
        Path path = Path.of(file);
        return new SpanHeaders(path, read(path));
    }

    /** By name, as they are now. Blocks; of one thread. */
    Map<String, String> now() {
        if (file == null) {
            return known;
        }
        try {
            known = read(file);
            said = "";
        } catch (ConfigException wrong) {
            String faults = String.join("; ", wrong.faults());
            if (!faults.equals(said)) {
                said = faults;
                LOG.error(
                        getMarker("span-headers-not-read"),
                        "spans are sent with the headers that were read before: {}",
                        faults);
            }
        }
        return known;
    }

    private static Map<String, String> read(Path file) throws ConfigException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(BYTES_MAX + 1);
        } catch (IOException unreadable) {
            throw wrong(file, "cannot be read (" + unreadable.getClass().getSimpleName() + ")");
        }
        if (bytes.length > BYTES_MAX) {
            throw wrong(file, "is too large");
        }
        Map<String, String> headers = new TreeMap<>();
        List<String> lines =
                new String(bytes, StandardCharsets.ISO_8859_1).lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank() && !lines.get(i).startsWith("#")) {
                Matcher line = LINE.matcher(lines.get(i));
                if (!line.matches()) {
                    throw wrong(file, "line " + (i + 1) + " is no header");
                }
                String name = line.group(1).toLowerCase(Locale.ROOT);
                if (OWN.contains(name)) {
                    throw wrong(file, "line " + (i + 1) + " is a header that the node sets itself");
                }
                if (headers.put(name, line.group(2)) != null) {
                    throw wrong(file, "line " + (i + 1) + " names a header a second time");
                }
            }
        }
        if (headers.size() > COUNT_MAX) {
            throw wrong(file, "has too many lines");
        }
        return Map.copyOf(headers);
    }

    private static ConfigException wrong(Path file, String what) {
        return new ConfigException(List.of("telemetry.headers-file: " + file + " " + what + ALLOWED));
    }

    /** Tells the file. */
    @Override
    public String toString() {
        return "SpanHeaders[" + (file == null ? "none" : file) + "]";
    }
}
