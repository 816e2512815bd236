package io.coppice.cluster;

import com.hazelcast.map.IMap;
import io.coppice.port.Loop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The calls of one loop, by map and partition; those of a turn leave at its end. Used on the loop alone. */
final class CallLanes {
    private final Calls calls;
    private final Loop loop;
    private final LoopInbox inbox;
    private final Map<String, Map<Integer, CallLane>> byMap = new HashMap<>();
    private List<CallLane> loaded = new ArrayList<>();
    private List<CallLane> leaving = new ArrayList<>();

    CallLanes(Calls calls, Loop loop) {
        this.calls = calls;
        this.loop = loop;
        this.inbox = new LoopInbox(loop);
    }

    CallLane lane(IMap<String, ?> map, int partition) {
        return byMap.computeIfAbsent(map.getName(), any -> new HashMap<>())
                .computeIfAbsent(partition, number -> new CallLane(this, map, number));
    }

    Calls calls() {
        return calls;
    }

    Loop loop() {
        return loop;
    }

    LoopInbox inbox() {
        return inbox;
    }

    /** A lane has calls that may leave. */
    void load(CallLane lane) {
        loaded.add(lane);
        if (loaded.size() == 1) {
            loop.execute(this::leave);
        }
    }

    private void leave() {
        List<CallLane> turn = loaded;
        loaded = leaving;
        leaving = turn;
        turn.forEach(CallLane::leave);
        turn.clear();
    }
}
