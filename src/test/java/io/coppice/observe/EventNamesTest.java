package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every event has a name that is documented, and every name that is documented an event. */
class EventNamesTest {
    private static final Path CODE = Path.of("src", "main", "java");
    private static final Path LIST = Path.of("src", "docs", "LOGS.md");

    private static final Pattern MARKER = Pattern.compile("getMarker\\(\\s*\"([a-z0-9-]+)\"");
    private static final Pattern LOGGED = Pattern.compile("\\bLOG\\s*\\.(info|warn|error)\\(\\s*+(?!getMarker\\()");
    private static final Pattern HANDED_ON = Pattern.compile("LOG::(info|warn|error)");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z0-9-]+)` \\| [a-z]+ \\| [A-Z]+ \\|");

    /** Events of single clients, which come by way of {@code port.Events}. */
    private static final Pattern OF_CLIENTS =
            Pattern.compile("\\b(?:report|end|leave|client|sendAway)\\(\\s*\"([a-z]+(?:-[a-z]+)+)\"");

    private static List<String> sources() throws IOException {
        List<String> sources = new ArrayList<>();
        try (Stream<Path> files = Files.walk(CODE)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                sources.add(Files.readString(file));
            }
        }
        return sources;
    }

    private static List<String> all(Pattern pattern, String text) {
        List<String> found = new ArrayList<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            found.add(matcher.groupCount() == 0 ? matcher.group() : matcher.group(1));
        }
        return found;
    }

    @Test
    void everyNameOfTheCodeIsInTheListAndTheOtherWayRound() throws IOException {
        List<String> documented = all(ROW, Files.readString(LIST));
        TreeSet<String> used = new TreeSet<>();
        for (String source : sources()) {
            used.addAll(all(MARKER, source));
            used.addAll(all(OF_CLIENTS, source));
        }

        assertThat(documented).doesNotHaveDuplicates();
        assertThat(new TreeSet<>(documented)).isEqualTo(used);
    }

    @Test
    void aNameStandsForOnePlace() throws IOException {
        List<String> used = new ArrayList<>();
        for (String source : sources()) {
            used.addAll(all(MARKER, source));
        }

        assertThat(used).hasSizeGreaterThan(80).doesNotHaveDuplicates();
    }

    @Test
    void noLineGoesWithoutAName() throws IOException {
        for (String source : sources()) {
            String begin = source.substring(0, Math.min(80, source.length()));
            assertThat(all(LOGGED, source)).as(begin).isEmpty();
            assertThat(all(HANDED_ON, source)).as(begin).isEmpty();
        }
    }
}
