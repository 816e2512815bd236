package io.coppice.access;

import io.coppice.config.ConfigException;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.Gatekeeper.Identity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rules that say whom they concern. All that concern a client count, whatever their order: what one of them grants is granted,
 * unless another denies it.
 */
final class YamlRules implements RuleBook {
    private record Pattern(String filter, int rights) {}

    /** The rules for the same clients. */
    private static final class Block {
        final Concerned concerned;
        final TopicRules topics = new TopicRules();
        /** What they grant, which is what counts for publishers of whom only the name is known; null where all does. */
        final @Nullable TopicRules grants;

        final List<Pattern> patterns = new ArrayList<>(0);

        Block(Concerned concerned) {
            this.concerned = concerned;
            this.grants = concerned.asksForMore() && !concerned.namesSomebody() ? new TopicRules() : null;
        }

        void add(TopicFilter filter, int rights) {
            topics.add(filter, rights);
            if (grants != null && areGranted(rights)) {
                grants.add(filter, rights);
            }
        }
    }

    private final Map<Concerned, Block> blocks = new LinkedHashMap<>();
    /** Those for users who are named, so that it takes no longer to find those of one when there are many. */
    private final Map<String, List<Block>> byUser = new HashMap<>();

    private final Map<String, List<Block>> byClient = new HashMap<>();
    private final List<Block> others = new ArrayList<>();
    private int size;

    /** @throws ConfigException with all that is wrong */
    static YamlRules read(Path file, String text, int rulesMax) throws ConfigException {
        YamlRules rules = new YamlRules();
        Faults faults = new Faults(file);
        new YamlReader(faults, rules, rulesMax).read(text);
        faults.tell();
        return rules;
    }

    /** @param checked the filter, whatever stands for a name in it */
    void add(Concerned concerned, String filter, TopicFilter checked, int rights) {
        size++;
        Block block = blocks.get(concerned);
        if (block == null) {
            block = new Block(concerned);
            blocks.put(concerned, block);
            place(block);
        }
        if (Placeholders.isIn(filter)) {
            block.patterns.add(new Pattern(filter, rights));
        } else {
            block.add(checked, rights);
        }
    }

    private void place(Block block) {
        if (areLiteral(block.concerned.users())) {
            place(block, block.concerned.users(), byUser);
        } else if (areLiteral(block.concerned.clients())) {
            place(block, block.concerned.clients(), byClient);
        } else {
            others.add(block);
        }
    }

    private static boolean areLiteral(List<Glob> names) {
        return !names.isEmpty() && names.stream().allMatch(Glob::isLiteral);
    }

    private static void place(Block block, List<Glob> names, Map<String, List<Block>> places) {
        names.stream()
                .map(Glob::pattern)
                .distinct()
                .forEach(name -> places.computeIfAbsent(name, unknown -> new ArrayList<>(1))
                        .add(block));
    }

    private static boolean areGranted(int rights) {
        return (rights & (TopicRules.READ | TopicRules.WRITE)) != 0;
    }

    @Override
    public Rights rightsOf(Identity who) {
        return rightsOf(who, false);
    }

    @Override
    public Rights rightsOf(Publisher publisher) {
        return rightsOf(new Identity(publisher.clientId(), publisher.user(), "", "", null), true);
    }

    /** @param nameOnly whether nothing else is known of it */
    private Rights rightsOf(Identity who, boolean nameOnly) {
        List<Block> concerning = new ArrayList<>();
        String user = who.userName();
        collect(user == null ? null : byUser.get(user), who, nameOnly, concerning);
        collect(byClient.get(who.clientId()), who, nameOnly, concerning);
        collect(others, who, nameOnly, concerning);
        List<TopicRules> all = new ArrayList<>(concerning.size() + 1);
        TopicRules filled = null;
        for (Block block : concerning) {
            TopicRules grants = nameOnly ? block.grants : null;
            all.add(grants == null ? block.topics : grants);
            for (Pattern pattern : block.patterns) {
                boolean granted = areGranted(pattern.rights());
                if (!granted && grants != null
                        || user == null && pattern.filter().contains("%u")) {
                    continue;
                }
                TopicFilter filter = areLevels(pattern.filter(), who) ? Placeholders.fill(pattern.filter(), who) : null;
                if (filter != null) {
                    filled = filled == null ? new TopicRules() : filled;
                    filled.add(filter, pattern.rights());
                } else if (!granted) {
                    return Rights.NONE; // nobody can say what it is that such a client is denied
                }
            }
        }
        if (filled != null) {
            all.add(filled);
        }
        return all.isEmpty() ? Rights.NONE : new Rights(List.of(all));
    }

    private static void collect(@Nullable List<Block> candidates, Identity who, boolean nameOnly, List<Block> to) {
        if (candidates != null) {
            for (Block block : candidates) {
                if (nameOnly ? block.concerned.fitsName(who) : block.concerned.fits(who)) {
                    to.add(block);
                }
            }
        }
    }

    /** Whether the names that a filter asks for stay within their level. */
    private static boolean areLevels(String filter, Identity who) {
        return (!filter.contains("%c") || isLevel(who.clientId()))
                && (!filter.contains("%u") || isLevel(who.userName()));
    }

    private static boolean isLevel(@Nullable String name) {
        return name != null && !name.isEmpty() && name.indexOf('/') < 0 && !Placeholders.hasWildcard(name);
    }

    @Override
    public int size() {
        return size;
    }
}
