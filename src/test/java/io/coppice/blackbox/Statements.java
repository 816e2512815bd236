package io.coppice.blackbox;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** What there is to prove: the rows of the tables in {@code src/test/resources/spec}, by id. */
public enum Statements {
    V5("mqtt5-normative.tsv", "v5", "MQTT 5"),
    V311("mqtt311-normative.tsv", "v311", "MQTT 3.1.1"),
    HOSTILE("bad-inputs.tsv", "hostile", "Bad inputs");

    /** One row: what it says in short, and whether a broker has to fulfil it. */
    public record Row(String id, String says, boolean bindsServer) {}

    @SuppressWarnings("ImmutableEnumChecker") // nobody writes to it once it is filled
    private final Map<String, Row> rows;

    private final String key;
    private final String title;

    Statements(String file, String key, String title) {
        this.key = key;
        this.title = title;
        List<String> lines = lines(file).toList();
        List<String> columns = columns(lines.get(0));
        int binds = columns.indexOf("binds_server");
        int says = Math.max(columns.indexOf("requirement_paraphrase"), columns.indexOf("name"));
        rows = new LinkedHashMap<>();
        lines.stream().skip(1).map(Statements::columns).forEach(row -> {
            boolean bindsServer = binds < 0 || row.get(binds).equals("yes");
            rows.put(row.get(0), new Row(row.get(0), row.get(says), bindsServer));
        });
    }

    /** By id, in the order of the standard. */
    public Map<String, Row> rows() {
        return Collections.unmodifiableMap(rows);
    }

    /** The word before an id in lists that hold several tables. */
    public String key() {
        return key;
    }

    String title() {
        return title;
    }

    /** The ids that a test names. */
    public static Map<Statements, List<String>> of(Method test) {
        Proves proves = test.getAnnotation(Proves.class);
        Hostile hostile = test.getAnnotation(Hostile.class);
        return Map.of(
                V5, proves == null ? List.of() : List.of(proves.v5()),
                V311, proves == null ? List.of() : List.of(proves.v311()),
                HOSTILE, hostile == null ? List.of() : List.of(hostile.value()));
    }

    /** The lines of a file in {@code spec}, without comments and empty ones. */
    public static Stream<String> lines(String file) {
        try (InputStream in = Statements.class.getResourceAsStream("/spec/" + file)) {
            String text = new String(Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
            return text.lines().filter(row -> !row.isBlank() && !row.startsWith("#"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> columns(String row) {
        return Arrays.asList(row.split("\t", -1));
    }
}
