package io.coppice.blackbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * Notes the result of every test with {@link Proves} or {@link Hostile}, and writes {@code target/conformance.md}, of
 * three nodes {@code target/conformance-cluster.md}, at the end of the run: what was to be proven, by which tests, and how they ended.
 * A run of unit tests, which comes before, leaves its results in {@code target/conformance-units.tsv} for that of a broker.
 */
final class ConformanceReport implements BeforeEachCallback, TestWatcher {
    private static final Namespace SPACE = Namespace.create(ConformanceReport.class);

    private enum Result {
        PASSED,
        ABORTED,
        FAILED
    }

    /** The results by table and id; a test of many cases has the worst result of them. */
    private static final class Ledger implements AutoCloseable {
        private final Map<Statements, Map<String, Map<String, Result>>> results = new EnumMap<>(Statements.class);
        private boolean ofUnits = true;

        synchronized void note(ExtensionContext context, Result result) {
            Method test = context.getRequiredTestMethod();
            Class<?> type = test.getDeclaringClass().getNestHost();
            ofUnits &= !type.getSimpleName().endsWith("IT");
            String name = type.getSimpleName() + "." + test.getName();
            Statements.of(test).forEach((table, ids) -> ids.forEach(id -> note(table, id, name, result)));
        }

        private void note(Statements table, String id, String test, Result result) {
            results.computeIfAbsent(table, any -> new TreeMap<>())
                    .computeIfAbsent(id, any -> new TreeMap<>())
                    .merge(test, result, (a, b) -> a.compareTo(b) > 0 ? a : b);
        }

        @Override
        public synchronized void close() {
            try {
                Path target = Files.createDirectories(Path.of(System.getProperty("basedir", ""), "target"));
                Path units = target.resolve("conformance-units.tsv");
                if (ofUnits) {
                    Files.write(units, lines());
                    return;
                }
                if (Files.exists(units) && !BrokerUnderTest.isCluster()) {
                    Files.readAllLines(units).forEach(this::read);
                }
                String name = BrokerUnderTest.isCluster() ? "conformance-cluster.md" : "conformance.md";
                Files.writeString(target.resolve(name), text());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Unit tests prove bad inputs only: what the standards say is proven on a broker. */
        private List<String> lines() {
            return results.getOrDefault(Statements.HOSTILE, Map.of()).entrySet().stream()
                    .flatMap(id -> id.getValue().entrySet().stream()
                            .map(test -> id.getKey() + "\t" + test.getKey() + "\t" + test.getValue()))
                    .toList();
        }

        private void read(String line) {
            String[] parts = line.split("\t", -1);
            note(Statements.HOSTILE, parts[0], parts[1], Result.valueOf(parts[2]));
        }

        private String text() {
            StringBuilder text = new StringBuilder("# Conformance\n\n"
                    + "What binds a broker in the two standards, and the bad inputs that must do no harm, with the tests"
                    + " that prove it and how they ended in the last run.\n");
            for (Statements table : Statements.values()) {
                write(table, results.getOrDefault(table, Map.of()), text);
            }
            return text.toString();
        }

        private static void write(Statements table, Map<String, Map<String, Result>> byId, StringBuilder text) {
            List<Statements.Row> rows = table.rows().values().stream()
                    .filter(row -> row.bindsServer() || byId.containsKey(row.id()))
                    .toList();
            long passed = rows.stream()
                    .filter(row -> worst(byId.get(row.id())).equals(Optional.of(Result.PASSED)))
                    .count();
            text.append("\n## " + table.title() + ": " + passed + " of " + rows.size() + " passed\n\n")
                    .append("| id | statement | tests | result |\n|---|---|---|---|\n");
            for (Statements.Row row : rows) {
                Map<String, Result> tests = byId.getOrDefault(row.id(), Map.of());
                Set<String> names = new TreeSet<>(tests.keySet());
                String result = worst(tests).map(Result::name).orElse(laterOr(table, row.id()));
                text.append("| " + row.id() + " | " + row.says().replace("|", "\\|") + " | " + String.join(", ", names)
                        + " | " + result.toLowerCase(Locale.ROOT) + " |\n");
            }
        }

        private static String laterOr(Statements table, String id) {
            return table == Statements.HOSTILE && later().containsKey(id) ? "later: " + later().get(id) : "not run";
        }

        private static Map<String, String> later() {
            return Statements.lines("hostile-later.txt")
                    .map(row -> row.split("\t", 2))
                    .collect(Collectors.toMap(row -> row[0], row -> row[1]));
        }

        private static Optional<Result> worst(Map<String, Result> tests) {
            return Optional.ofNullable(tests)
                    .flatMap(all -> all.values().stream().max(Result::compareTo));
        }
    }

    private static Ledger ledger(ExtensionContext context) {
        return context.getRoot().getStore(SPACE).getOrComputeIfAbsent(Ledger.class, key -> new Ledger(), Ledger.class);
    }

    /** Opens the ledger before the first result, while the store of the run is surely open. */
    @Override
    public void beforeEach(ExtensionContext context) {
        ledger(context);
    }

    @Override
    public void testSuccessful(ExtensionContext context) {
        ledger(context).note(context, Result.PASSED);
    }

    @Override
    public void testAborted(ExtensionContext context, Throwable cause) {
        ledger(context).note(context, Result.ABORTED);
    }

    @Override
    public void testFailed(ExtensionContext context, Throwable cause) {
        ledger(context).note(context, Result.FAILED);
    }
}
