package io.coppice.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.map.impl.MapService;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.impl.operationservice.Operation;
import com.hazelcast.spi.impl.operationservice.OperationService;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the {@link Electorate} of a member something, in JSON; so that a release can add to it and the other passes it over. */
final class AgreeOperation extends Operation implements IdentifiedDataSerializable {
    private static final Logger LOG = LoggerFactory.getLogger(AgreeOperation.class);
    private static final long ASK_SECONDS_MAX = 3;

    private String question = "";
    private String answer = "";

    AgreeOperation() {}

    private AgreeOperation(String question) {
        this.question = question;
    }

    /** The answers of these members; who does not answer in time, or does not understand, is not among them. */
    static Map<Member, JsonObject> ask(HazelcastInstance instance, Collection<Member> members, JsonObject question)
            throws InterruptedException {
        OperationService service = ((HazelcastInstanceProxy) instance)
                .getOriginal()
                .node
                .getNodeEngine()
                .getOperationService();
        Map<Member, CompletableFuture<String>> asked = new HashMap<>();
        for (Member member : members) {
            asked.put(
                    member,
                    service.createInvocationBuilder(
                                    MapService.SERVICE_NAME, new AgreeOperation(question.encode()), member.getAddress())
                            .setTryCount(1)
                            .invoke());
        }
        Map<Member, JsonObject> answers = new HashMap<>();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(ASK_SECONDS_MAX);
        for (Map.Entry<Member, CompletableFuture<String>> each : asked.entrySet()) {
            try {
                String text = each.getValue().get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
                answers.put(each.getKey(), new JsonObject(text));
            } catch (ExecutionException | TimeoutException | DecodeException unheard) {
                LOG.debug("{} does not answer {}", each.getKey(), question, unheard);
            }
        }
        return answers;
    }

    @Override
    public void run() {
        Object here = getNodeEngine().getHazelcastInstance().getUserContext().get(Electorate.class.getName());
        answer = here instanceof Electorate electorate
                ? electorate.answer(new JsonObject(question)).encode()
                : "";
    }

    @Override
    public Object getResponse() {
        return answer;
    }

    @Override
    protected void writeInternal(ObjectDataOutput out) throws IOException {
        super.writeInternal(out);
        out.writeString(question);
    }

    @Override
    protected void readInternal(ObjectDataInput in) throws IOException {
        super.readInternal(in);
        question = Wire.text(in);
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.AGREE;
    }
}
