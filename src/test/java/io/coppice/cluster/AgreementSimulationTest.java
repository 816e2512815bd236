package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Nodes that agree on their size while they crash, part, come together again, and change it two at a time: message by message, each
 * of which may be the last. After every step no two nodes on two sides may be in quorum. A failure tells its seed; {@code
 * run(seed, true)} repeats it; {@code -Dcoppice.simulation.seeds=3000} runs more of them.
 */
class AgreementSimulationTest {
    private static final int SEEDS = Integer.getInteger("coppice.simulation.seeds", 200);
    private static final int STEPS = 2_000;
    private static final int SIZE_MIN = 3;
    private static final int SIZE_MAX = 7;
    private static final int NODES = 7;
    private static final int MESSAGES_TO_A_LOSS = 150;

    private final class Node {
        final String name;
        /** What outlives it. */
        Vote disk = Acceptor.none(SIZE_MIN);

        Acceptor acceptor = new Acceptor(disk, vote -> disk = vote);
        boolean up;
        boolean full;
        int island;
        /** Those whom it has asked since it came, and what they held. */
        final Map<Node, Ballot> asked = new HashMap<>();
        /** What it is proposing, null for nothing. */
        @Nullable
        Proposal proposal;

        boolean accepting;
        final Map<String, Vote> votes = new HashMap<>();
        List<Node> to = List.of();

        Node(String name) {
            this.name = name;
        }

        Agreement agreement() {
            return acceptor.state().agreement();
        }

        List<Node> there() {
            return nodes.stream()
                    .filter(node -> node.up && node.island == island)
                    .toList();
        }

        Set<String> counting() {
            Set<String> names = new HashSet<>();
            there().stream()
                    .filter(node -> node.full && (agreement().version() > 0 || node.mayFound()))
                    .forEach(node -> names.add(node.name));
            return names;
        }

        boolean isEldest() {
            return there().stream().filter(node -> node.full).findFirst().orElseThrow() == this;
        }

        boolean mayFound() {
            return nodes.indexOf(this) < SIZE_MIN;
        }

        boolean inQuorum() {
            return up && full && agreement().isQuorum(counting());
        }

        void crash() {
            up = false;
            proposal = null;
        }

        void come(int where) {
            up = true;
            full = false;
            proposal = null;
            island = where;
            acceptor = new Acceptor(disk, vote -> disk = vote);
            asked.clear();
        }

        /** Asks one of those who are there, as one who wants to be a member does. */
        void ask() {
            List<Node> others = there().stream().filter(node -> node != this).toList();
            if (others.stream().noneMatch(node -> node.full)) {
                full = others.isEmpty() || nodes.indexOf(this) < nodes.indexOf(others.get(0)); // the first one of all
                return;
            }
            if (!others.isEmpty()) {
                Node other = others.get(random.nextInt(others.size()));
                Vote theirs = other.acceptor.state();
                if (theirs.ballot().compareTo(acceptor.state().ballot()) > 0) {
                    acceptor.accept(theirs.ballot(), theirs.agreement());
                } else if (theirs.ballot().compareTo(acceptor.state().ballot()) < 0) {
                    theirs = other.acceptor.accept(
                            acceptor.state().ballot(), acceptor.state().agreement());
                }
                asked.put(other, theirs.ballot());
            }
            boolean known =
                    others.stream().allMatch(node -> acceptor.state().ballot().equals(asked.get(node)));
            boolean founding = agreement().version() == 0
                    && mayFound()
                    && others.stream().filter(node -> node.full).count() < SIZE_MIN;
            if (known && (agreement().admits(name) || founding)) {
                full = true;
            }
        }

        void propose(UnaryOperator<VoterSet> change) {
            long round = acceptor.state().promised().round();
            proposal = new Proposal(
                    new Ballot(round, "").next(name),
                    there().stream().map(node -> node.name).toList(),
                    change);
            accepting = false;
            send();
        }

        private void send() {
            to = new ArrayList<>(there());
            votes.clear();
        }

        /** One message of what it proposes comes, or it waits no longer. */
        void proceed() {
            Proposal running = proposal;
            if (running == null) {
                return;
            }
            if (!to.isEmpty() && random.nextInt(MESSAGES_TO_A_LOSS) > 0) {
                Node next = to.remove(random.nextInt(to.size()));
                if (next.up && next.island == island) {
                    Vote vote = accepting
                            ? next.acceptor.accept(running.ballot(), running.proposed())
                            : next.acceptor.prepare(running.ballot());
                    if (random.nextInt(MESSAGES_TO_A_LOSS) > 0) {
                        votes.put(next.name, vote);
                    }
                }
            } else if (accepting) {
                proposal = null;
                steps += running.accepted(votes) == Proposal.Outcome.TAKEN ? 1 : 0;
            } else if (running.prepared(votes, counting()) == null) {
                accepting = true;
                send();
            } else {
                proposal = null;
            }
        }

        @Override
        public String toString() {
            return name + (up ? full ? "" : " lite" : " down") + " on " + island + " with " + acceptor.state();
        }
    }

    private Random random = new Random();
    private List<Node> nodes = List.of();
    /** The more, the less often something fails. */
    private int calm;

    private long steps;
    private final Map<Integer, Integer> sizes = new HashMap<>();

    private void split() {
        if (nodes.stream().map(node -> node.island).distinct().count() > 1) {
            return; // who has been on another side comes anew
        }
        for (Node node : nodes) {
            node.island = random.nextInt(2);
        }
    }

    /** Those of one side stay; those of others come to them anew. */
    private void heal() {
        int stays = random.nextInt(2);
        for (Node node : nodes) {
            if (node.up && node.island != stays) {
                node.come(stays);
            }
            node.island = stays;
        }
    }

    private UnaryOperator<VoterSet> wish(Node by) {
        Set<String> there = by.counting();
        if (by.agreement().version() == 0) {
            return Resize.found(there);
        }
        Node any = nodes.get(random.nextInt(NODES));
        return switch (random.nextInt(4)) {
            case 0, 1 -> any.up && any.island == by.island ? Resize.admit(any.name, there, SIZE_MAX) : now -> now;
            case 2 -> Resize.shrink(Set.of(any.name), there, SIZE_MIN);
            default -> Resize.towards(SIZE_MIN + random.nextInt(SIZE_MAX - SIZE_MIN + 1), there);
        };
    }

    private void step() {
        Node node = nodes.get(random.nextInt(NODES));
        int kind = random.nextInt(calm) == 0 ? random.nextInt(1_000) : 12 + random.nextInt(988);
        if (kind < 3) {
            split();
        } else if (kind < 9) {
            heal();
        } else if (kind < 12) {
            node.crash();
        } else if (!node.up) {
            if (kind < 100) {
                node.come(node.island);
            }
        } else if (!node.full) {
            node.ask();
        } else if (node.proposal != null) {
            node.proceed();
        } else if (kind < 100 && (node.isEldest() || random.nextInt(20) == 0)) {
            node.propose(wish(node));
        }
    }

    private void run(long seed, boolean tell) {
        random = new Random(seed);
        calm = 1 + random.nextInt(10);
        nodes = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            nodes.add(new Node("n" + i));
        }
        nodes.forEach(node -> node.come(0));
        for (int i = 0; i < STEPS; i++) {
            step();
            if (tell) {
                System.out.println(i + " " + nodes);
            }
            List<Node> inQuorum = nodes.stream().filter(Node::inQuorum).toList();
            boolean oneSide =
                    inQuorum.stream().map(node -> node.island).distinct().count() <= 1;
            assertThat(oneSide).as("seed %s, step %s: %s", seed, i, nodes).isTrue();
        }
        nodes.forEach(node -> sizes.merge(node.agreement().now().size(), 1, Integer::sum));
    }

    @Test
    void neverAreTwoSidesInQuorum() {
        for (long seed = 0; seed < SEEDS; seed++) {
            run(seed, false);
        }
        assertThat(steps).as("agreements that were taken").isGreaterThan(SEEDS);
        assertThat(sizes.keySet()).as("sizes that came about").contains(3, 4, 5);
    }
}
