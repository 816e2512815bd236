package io.coppice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.Statements;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every statement that binds a broker has a test, or is listed as one that has none yet. */
class ConformanceCompletenessTest {
    private static final List<Method> PROOFS = new ClassFileImporter()
            .withImportOption(new ImportOption.OnlyIncludeTests()).importPackages("io.coppice").stream()
                    .flatMap(type -> type.getMethods().stream())
                    .filter(method -> method.isAnnotatedWith(Proves.class) || method.isAnnotatedWith(Hostile.class))
                    .map(JavaMethod::reflect)
                    .toList();

    private static final Map<Statements, Set<String>> NOT_YET = Stream.of(Statements.values())
            .collect(Collectors.toMap(
                    table -> table,
                    table -> Statements.lines("not-yet.txt")
                            .filter(row -> row.startsWith(table.key() + " "))
                            .map(row -> row.substring(table.key().length() + 1))
                            .collect(Collectors.toCollection(TreeSet::new))));

    private static final Set<String> HOSTILE_LATER = Statements.lines("hostile-later.txt")
            .map(row -> row.split("\t", 2)[0])
            .collect(Collectors.toCollection(TreeSet::new));

    private static Set<String> proven(Statements table) {
        return PROOFS.stream()
                .flatMap(test -> Statements.of(test).get(table).stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> binding(Statements table) {
        return table.rows().values().stream()
                .filter(Statements.Row::bindsServer)
                .map(Statements.Row::id)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> excused(Statements table) {
        Set<String> excused = new TreeSet<>(NOT_YET.get(table));
        if (table == Statements.HOSTILE) {
            excused.addAll(HOSTILE_LATER);
        }
        return excused;
    }

    @Test
    void theTablesAreWhole() {
        assertThat(binding(Statements.V5)).hasSize(199);
        assertThat(binding(Statements.V311)).hasSize(103);
        assertThat(binding(Statements.HOSTILE)).hasSize(105);
    }

    @ParameterizedTest
    @EnumSource
    void whatATestNamesExists(Statements table) {
        assertThat(table.rows().keySet()).containsAll(proven(table));
    }

    @ParameterizedTest
    @EnumSource
    void whatIsListedExists(Statements table) {
        assertThat(binding(table)).containsAll(excused(table));
    }

    @ParameterizedTest
    @EnumSource
    void everyStatementHasATestOrIsListed(Statements table) {
        Set<String> forgotten = binding(table);
        forgotten.removeAll(proven(table));
        forgotten.removeAll(excused(table));
        assertThat(forgotten)
                .as("%s without a test, and not in not-yet.txt", table)
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void whatHasATestIsNotListed(Statements table) {
        Set<String> done = excused(table);
        done.retainAll(proven(table));
        assertThat(done)
                .as("%s listed in not-yet.txt or hostile-later.txt, and tested", table)
                .isEmpty();
    }

    @Test
    void noBadInputIsListedTwice() {
        Set<String> twice = new TreeSet<>(NOT_YET.get(Statements.HOSTILE));
        twice.retainAll(HOSTILE_LATER);
        assertThat(twice).isEmpty();
    }

    @Test
    void everyProofIsATest() {
        assertThat(PROOFS)
                .isNotEmpty()
                .allSatisfy(method -> assertThat(Stream.of(
                                Test.class, ParameterizedTest.class, OnEveryTransport.class, InEveryVersion.class))
                        .as(method.toString())
                        .anyMatch(method::isAnnotationPresent));
    }

    @Test
    void whatTheStandardsSayIsProvenOnABroker() {
        assertThat(PROOFS)
                .filteredOn(method -> method.isAnnotationPresent(Proves.class))
                .isNotEmpty()
                .allSatisfy(method -> {
                    assertThat(method.getDeclaringClass().isAnnotationPresent(BlackBox.class))
                            .isTrue();
                    assertThat(method.getDeclaringClass().getSimpleName()).endsWith("IT");
                });
    }

    /** By the build, which goes by the names of classes. */
    @Test
    void everyProofIsRun() {
        assertThat(PROOFS)
                .allSatisfy(method -> assertThat(
                                method.getDeclaringClass().getNestHost().getSimpleName())
                        .matches(".*(IT|Test)"));
    }
}
