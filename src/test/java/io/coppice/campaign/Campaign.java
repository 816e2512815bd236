package io.coppice.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The command {@code src/campaign/run}. */
final class Campaign {
    private static final String USAGE = """
            src/campaign/run FAULT [--rounds 3] [--seed 1]     rounds of one fault
            src/campaign/run all [--budget 60] [--seed 1]      every fault in turn, for so many minutes
            src/campaign/run short [--rounds 3] [--seed 1]     three rounds of each of the six main faults
            src/campaign/run soak [--minutes 120] [--seed 1]   rounds of mix on one cluster, and whether its memory comes back
            src/campaign/run simulate [--seeds 100000]         the simulation over so many seeds
            src/campaign/run list                              the faults, and which can be had on this machine
            src/campaign/run check FILE                        judges the history of a round again
            src/campaign/run prove-shim                        cuts the power with durability-sync: os, and has to see messages lost
            src/campaign/run report                            writes the table of src/docs/RELIABILITY.md

            --rate 400        messages a second              --longest 30    how long a fault lasts at most, in seconds
            --from 0          number of the first round      --java=-Xmx384m options of the nodes' JVMs
            --keep FILE       appends the lines there too    --loopback      no namespaces, whatever the machine offers
            --set KEY=VALUE   a setting of the nodes

            Prints a line of JSON for each round, and what it does on the other output. A round is repeated by its fault, seed and number.
            Exit status 1 when something was wrong: the histories of such rounds and the logs of the nodes stay.
            """;

    /** A node that left is a process that starts, which takes minutes on a machine that is busy otherwise. */
    static final int SERVE_SECONDS = 300;

    private final Map<String, String> options;
    private final Path jar = Path.of("target/coppice.jar").toAbsolutePath();
    private final Path work;
    private final String commit = System.getProperty("coppice.commit", "unknown");
    private final String namespacesHindrance;
    private final String shimHindrance;
    private int failed;
    /** Of a soak. */
    private @Nullable Memory memory;

    private Campaign(Map<String, String> options) throws IOException, InterruptedException {
        this.options = options;
        work = Files.createTempDirectory("coppice-campaign-");
        namespacesHindrance = options.containsKey("loopback") ? "--loopback was given" : Network.hindrance();
        shimHindrance = Shim.hindrance();
    }

    public static void main(String[] args) throws Exception {
        if (args.length == 0 || args[0].contains("help")) {
            System.err.print(USAGE);
            System.exit(2);
        }
        if (args[0].equals("report")) {
            Report.write(Path.of("src/campaign/results"), Path.of("src/docs/RELIABILITY.md"));
            return;
        }
        if (args[0].equals("check")) {
            Checker.Verdict verdict = Checker.check(Path.of(args[1]));
            verdict.explanations().forEach(System.out::println);
            System.out.println(verdict.violations() + ", " + verdict.acked() + " acknowledged");
            System.exit(verdict.isClean() ? 0 : 1);
        }
        boolean clean = false;
        try {
            clean = new Campaign(options(args)).run(args[0]);
        } catch (Exception e) {
            e.printStackTrace(); // and the process ends, which the threads of clients would keep it from
        }
        System.exit(clean ? 0 : 1);
    }

    private static Map<String, String> options(String[] args) {
        Map<String, String> options = new HashMap<>();
        for (int i = 1; i < args.length; i++) {
            String[] pair = args[i].split("=", 2);
            String key = pair[0].substring(2);
            boolean flag = key.equals("loopback");
            String value = flag ? "" : pair.length > 1 ? pair[1] : args[++i];
            options.merge(key, value, (one, other) -> one + "," + other);
        }
        return options;
    }

    static void progress(String words) {
        System.err.printf("%tT %s%n", System.currentTimeMillis(), words);
    }

    private boolean run(String what) throws Exception {
        Map<String, Fault> faults = Faults.all();
        int first = number("from", 0);
        switch (what) {
            case "list" -> {
                for (Fault fault : faults.values()) {
                    String hindrance = hindrance(fault);
                    System.out.printf(
                            "%-15s %s%s%n",
                            fault.name(), fault.words(), hindrance.isEmpty() ? "" : " (not here: " + hindrance + ")");
                }
            }
            case "short" -> series(Faults.MAIN.stream().map(faults::get).toList(), number("rounds", 3), Long.MAX_VALUE);
            case "soak" -> {
                memory = new Memory();
                long end = System.nanoTime() + 60_000_000_000L * number("minutes", 120);
                onCluster(List.of(faults.get("mix")), Integer.MAX_VALUE, end);
                System.out.println(memory.words());
                if (memory.growth() > Memory.GROWTH_MAX) {
                    failed++;
                }
            }
            case "prove-shim" -> {
                Fault cut = faults.get("power-cut").with(3, Map.of("durability-sync", "os"));
                series(List.of(cut), 1, Long.MAX_VALUE);
                System.out.println(
                        failed > 0
                                ? "caught: what was not synced is lost"
                                : "NOT CAUGHT: nothing was lost, and the shim proves nothing");
                delete(work);
                return failed > 0;
            }
            case "all" -> {
                long end = System.nanoTime() + 60_000_000_000L * number("budget", 60);
                for (int round = first; System.nanoTime() < end; round += 3) {
                    options.put("from", String.valueOf(round));
                    series(List.copyOf(faults.values()), 3, end);
                }
            }
            default -> {
                List<Fault> wanted = new ArrayList<>();
                for (String name : what.split(",")) {
                    Fault fault = faults.get(name);
                    if (fault == null) {
                        System.err.println("no fault " + name + "; there are " + faults.keySet());
                        return false;
                    }
                    if (!hindrance(fault).isEmpty()) {
                        System.err.println(name + " cannot be had here: " + hindrance(fault));
                        return false;
                    }
                    wanted.add(fault);
                }
                series(wanted, number("rounds", 3), Long.MAX_VALUE);
            }
        }
        if (failed == 0) {
            delete(work);
        } else {
            System.err.println(failed + " rounds were wrong; histories and logs are in " + work);
        }
        return failed == 0;
    }

    private String hindrance(Fault fault) throws InterruptedException {
        for (Fault.Need need : fault.needs()) {
            String hindrance = switch (need) {
                case NAMESPACES -> namespacesHindrance;
                case SMALL_DISK -> Disks.hindrance();
                case SHIM, GCC -> shimHindrance;
            };
            if (!hindrance.isEmpty()) {
                return hindrance;
            }
        }
        return "";
    }

    /** Rounds of faults; those that follow each other and agree on the cluster have one together. */
    private void series(List<Fault> faults, int rounds, long end) throws Exception {
        List<Fault> rest = new ArrayList<>(faults);
        while (!rest.isEmpty() && System.nanoTime() < end) {
            Fault first = rest.get(0);
            List<Fault> together = rest.stream()
                    .filter(fault -> fault.setup().equals(first.setup()))
                    .toList();
            rest.removeAll(together);
            List<Fault> possible = new ArrayList<>();
            for (Fault fault : together) {
                if (hindrance(fault).isEmpty()) {
                    possible.add(fault);
                } else {
                    progress("left out: " + fault.name() + ": " + hindrance(fault));
                }
            }
            if (!possible.isEmpty()) {
                onCluster(possible, rounds, end);
            }
        }
    }

    private void onCluster(List<Fault> faults, int rounds, long end) throws Exception {
        Fault any = faults.get(0);
        Path place = Files.createTempDirectory(work, any.name() + "-");
        Map<String, String> settings = new HashMap<>(any.settings());
        for (String pair : options.getOrDefault("set", "").split(",")) {
            if (!pair.isEmpty()) {
                settings.put(pair.split("=", 2)[0], pair.split("=", 2)[1]);
            }
        }
        List<String> java = List.of(options.getOrDefault("java", "-Xmx384m").split(" "));
        boolean small = any.needs().contains(Fault.Need.SMALL_DISK);
        try (Network network =
                        namespacesHindrance.isEmpty() ? Network.namespaces(any.size()) : Network.loopback(any.size());
                Cluster cluster = new Cluster(network, any.size(), jar, place, java, settings)) {
            try {
                for (NodeProcess node : cluster.nodes) {
                    if (small) {
                        Disks.mount(node.data, number("disk", 192));
                    }
                    if (any.needs().contains(Fault.Need.SHIM)) {
                        Path library = Shim.build(Path.of("src/campaign/shim.c"), place);
                        Shim.order(node.data, 0, 0, 0);
                        node.environment.putAll(Shim.environment(library, node.data));
                    }
                }
                cluster.begin();
                for (Fault fault : faults) {
                    for (int i = 0; i < rounds && System.nanoTime() < end; i++) {
                        if (!round(fault, cluster, number("from", 0) + i, place)) {
                            failed++;
                        }
                    }
                }
            } finally {
                cluster.close();
                for (NodeProcess node : cluster.nodes) {
                    if (small) {
                        Disks.unmount(node.data);
                    }
                }
            }
        }
    }

    /** Whether nothing was wrong. */
    private boolean round(Fault fault, Cluster cluster, int number, Path place) throws Exception {
        long seed = number("seed", 1);
        String id = fault.name() + "-" + seed + "-" + number;
        Path file = place.resolve(id + ".history");
        Random random =
                new Random(seed * 1_000_003 + number * 7919L + fault.name().hashCode());
        cluster.wrong.clear();
        Scene.until(20, cluster::allHaveToldOfThemselves);
        Map<String, Double> before = cluster.held();
        List<String> wrong = new ArrayList<>();
        long begun = System.nanoTime();
        double recovered = -1;
        Traffic traffic;
        progress("round " + number + " of " + fault.name());
        try (History history = new History(file);
                Scene scene = new Scene(cluster, history, random, number("longest", 30))) {
            history.add(Event.Kind.ROUND, fault.name(), seed, number, commit);
            cluster.tell(scene::say, node -> history.add(Event.Kind.LEAVES, node.name));
            traffic = new Traffic(scene, id, number("rate", 400), random.nextLong());
            try {
                traffic.begin();
                Scene.pause(2);
                fault.deed().inflict(scene, traffic);
            } catch (Exception e) {
                wrong.add(e.toString());
            }
            long healed = System.nanoTime();
            if (Scene.until(SERVE_SECONDS, () -> Cluster.allReady(cluster.nodes) && Readers.serve(cluster.nodes))) {
                recovered = (System.nanoTime() - healed) / 1e9;
            } else {
                wrong.add("not every node serves " + SERVE_SECONDS + " s after the fault");
            }
            Scene.pause(1.5);
            wrong.addAll(traffic.settle());
            traffic.end();
            if (!before.isEmpty()) {
                compare(scene, before);
            }
        }
        wrong.addAll(cluster.wrong);
        Checker.Verdict verdict = Checker.check(file);
        Row row = Row.of(
                fault,
                seed,
                number,
                commit,
                verdict,
                traffic.replacements(),
                (System.nanoTime() - begun) / 1e9,
                recovered,
                wrong);
        if (memory != null) {
            row.json().put("live_bytes", memory.look(cluster));
        }
        System.out.println(row.json().encode());
        String keep = options.get("keep");
        if (keep != null) {
            Files.writeString(
                    Path.of(keep),
                    row.json().encode() + "\n",
                    UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        }
        verdict.explanations().forEach(Campaign::progress);
        if (!row.isClean()) {
            progress("WRONG: " + row.json().getJsonObject("violations") + " " + wrong + "; the history is " + file);
            return false;
        }
        Files.delete(file);
        return true;
    }

    private static void compare(Scene scene, Map<String, Double> before) throws InterruptedException {
        Scene.until(20, () -> grown(before, scene.cluster.held()) == null);
        Map<String, Double> after = scene.cluster.held();
        before.forEach((name, value) -> scene.history.add(
                Event.Kind.BASE, "cluster", name, value, after.getOrDefault(name, Double.POSITIVE_INFINITY), 0));
    }

    private static @Nullable String grown(Map<String, Double> before, Map<String, Double> after) {
        return before.entrySet().stream()
                .filter(each -> after.getOrDefault(each.getKey(), Double.POSITIVE_INFINITY) > each.getValue())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    private int number(String option, int otherwise) {
        return Integer.parseInt(options.getOrDefault(option, String.valueOf(otherwise)));
    }

    private static void delete(Path place) throws IOException {
        try (Stream<Path> all = Files.walk(place)) {
            for (Path each : all.sorted((one, other) -> other.compareTo(one)).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }
}
