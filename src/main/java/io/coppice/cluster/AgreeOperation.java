package io.coppice.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.impl.operationservice.Operation;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the {@link Electorate} of a member something, or what it writes ({@link Versions}); in JSON, so that a release can add to it
 * and the other passes it over: this is how versions are found out, and has none itself.
 */
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
        String text = question.encode();
        Map<Member, String> heard =
                MemberCalls.answers(instance, members, () -> new AgreeOperation(text), ASK_SECONDS_MAX);
        Map<Member, JsonObject> answers = new HashMap<>();
        heard.forEach((member, answer) -> {
            try {
                answers.put(member, new JsonObject(answer));
            } catch (DecodeException odd) {
                LOG.debug("{} does not understand {}", member, question, odd);
            }
        });
        return answers;
    }

    @Override
    public void run() {
        Map<String, Object> context = getNodeEngine().getHazelcastInstance().getUserContext();
        JsonObject asked = new JsonObject(question);
        Object here = context.get(Electorate.class.getName());
        if (Versions.isAsked(asked)
                && context.get(VersionInEffect.class.getName()) instanceof VersionInEffect version) {
            answer = Versions.answer(version, asked).encode();
        } else if (here instanceof Electorate electorate) {
            answer = electorate.answer(asked).encode();
        }
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
