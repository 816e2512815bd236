package io.coppice.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Writes the table of a page from the lines of JSON that are kept: one row for each fault and commit. */
final class Report {
    static final String BEGIN = "<!-- begin: written by src/campaign/run report -->";
    static final String END = "<!-- end -->";

    private Report() {}

    /** @param page whose part between {@link #BEGIN} and {@link #END} is replaced */
    static void write(Path results, Path page) throws IOException {
        String text = Files.readString(page, UTF_8);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END, begin);
        if (begin < 0 || end < 0) {
            throw new IOException(page + " has no lines " + BEGIN + " and " + END);
        }
        Files.writeString(
                page, text.substring(0, begin) + BEGIN + "\n" + table(rows(results)) + text.substring(end), UTF_8);
    }

    private static List<JsonObject> rows(Path results) throws IOException {
        List<JsonObject> rows = new ArrayList<>();
        List<Path> files;
        try (Stream<Path> all = Files.list(results)) {
            files = all.filter(file -> file.toString().endsWith(".jsonl"))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            for (String line : Files.readAllLines(file, UTF_8)) {
                rows.add(new JsonObject(line));
            }
        }
        return rows;
    }

    static String table(List<JsonObject> rows) {
        Map<String, List<JsonObject>> groups = new TreeMap<>();
        List<String> order = List.copyOf(Faults.all().keySet());
        for (JsonObject row : rows) {
            String key = String.format(
                    Locale.ROOT,
                    "%03d %s %s",
                    order.indexOf(row.getString("fault")),
                    row.getString("date"),
                    row.getString("commit"));
            groups.computeIfAbsent(key, each -> new ArrayList<>()).add(row);
        }
        StringBuilder table = new StringBuilder("""
                | fault | rounds | acknowledged | lost | twice at QoS 2 | out of order | other violations | twice to a group at QoS 2 (known) | rounds with another fault | unavailable p50, s | p99, s | date | commit |
                |---|---|---|---|---|---|---|---|---|---|---|---|---|
                """);
        groups.values().forEach(group -> table.append(line(group)));
        return table.toString();
    }

    private static String line(List<JsonObject> rows) {
        List<Long> waits = new ArrayList<>();
        Map<String, Long> others = new TreeMap<>();
        for (JsonObject row : rows) {
            row.getJsonArray("waits_ms").forEach(wait -> waits.add(((Number) wait).longValue()));
            for (var violation : row.getJsonObject("violations")) {
                if (!List.of("delivered", "once", "order").contains(violation.getKey())) {
                    others.merge(violation.getKey(), ((Number) violation.getValue()).longValue(), Long::sum);
                }
            }
        }
        JsonObject first = rows.get(0);
        return String.format(
                Locale.ROOT,
                "| %s | %d | %,d | %,d | %,d | %,d | %s | %,d | %d | %.1f | %.1f | %s | %s |%n",
                first.getString("fault"),
                rows.size(),
                sum(rows, "acked"),
                sum(rows, "lost"),
                sum(rows, "duplicated"),
                sum(rows, "reordered"),
                others.isEmpty()
                        ? "none"
                        : others.toString().replaceAll("[{}]", "").replace('=', ' '),
                sum(rows, "shared_qos2_repeats"),
                rows.stream()
                        .filter(row -> !row.getJsonArray("wrong").isEmpty())
                        .count(),
                percentile(waits, 0.5) / 1000.0,
                percentile(waits, 0.99) / 1000.0,
                first.getString("date"),
                first.getString("commit"));
    }

    private static long sum(List<JsonObject> rows, String key) {
        return rows.stream().mapToLong(row -> row.getLong(key)).sum();
    }

    /** The smallest value that so large a share does not exceed; 0 for none. */
    static long percentile(List<Long> values, double share) {
        List<Long> sorted = values.stream().sorted().toList();
        return sorted.isEmpty()
                ? 0
                : sorted.get(Math.min(sorted.size() - 1, (int) Math.ceil(share * sorted.size()) - 1));
    }
}
