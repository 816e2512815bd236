package io.coppice.cluster;

import io.coppice.port.Loop;
import io.coppice.port.View;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Tells who is there whenever that has changed, and sees to it that what takes too long ends. On the first loop alone. */
final class MemberWatch {
    private static final long TICK_MILLIS = 1_000;
    /** After which it ends with what it could bring. */
    private static final long MERGE_SECONDS_MAX = 60;

    private final HazelcastMember member;
    private final MemberLife life;
    private final Loop first;
    private final Consumer<View> to;
    private List<View.Member> told = List.of();
    private int toldSize;

    MemberWatch(HazelcastMember member, MemberLife life, Loop first, Consumer<View> to) {
        this.member = member;
        this.life = life;
        this.first = first;
        this.to = to;
    }

    /** From any thread. */
    void begin() {
        first.execute(this::tick);
    }

    /** From any thread. */
    void lookSoon() {
        first.execute(this::look);
    }

    private void tick() {
        look();
        if (member.tick()) {
            first.after(TICK_MILLIS, this::tick);
        }
    }

    private void look() {
        boolean ending = life.isEnding();
        if (ending && life.mergingFor() > TimeUnit.SECONDS.toNanos(MERGE_SECONDS_MAX)) {
            life.end(MemberLife.CUT_OFF + ", and could not bring all that it has to the others in " + MERGE_SECONDS_MAX
                    + " s");
        }
        if (life.state() == MemberLife.State.ENDED) {
            return;
        }
        List<View.Member> members = member.members();
        // Without ourselves there is nobody to tell: the member is being thrown out, or stopped.
        boolean there = members.stream()
                .anyMatch(each -> each.id().equals(member.settings().id()));
        int size = member.electorate().size();
        if ((there || ending) && (!members.equals(told) || size != toldSize)) {
            told = members;
            toldSize = size;
            to.accept(new View(members, size));
        }
    }
}
