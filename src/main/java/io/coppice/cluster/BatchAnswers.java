package io.coppice.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What the processors of a {@link BatchOperation} answered, in their order. */
final class BatchAnswers implements IdentifiedDataSerializable {
    private enum Fault {
        /** Stands where a processor threw. */
        FAULT
    }

    private static final byte NOTHING = 0;
    private static final byte ANSWER = 1;
    private static final byte FAULT = 2;

    private @Nullable Object[] answers = {};
    private int size;

    BatchAnswers() {}

    BatchAnswers(int capacity) {
        answers = new @Nullable Object[capacity];
    }

    void add(@Nullable Object answer) {
        answers[size++] = answer;
    }

    void addFault() {
        answers[size++] = Fault.FAULT;
    }

    int size() {
        return size;
    }

    boolean isFault(int index) {
        return answers[index] == Fault.FAULT;
    }

    @Nullable
    Object get(int index) {
        return answers[index];
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeInt(size);
        for (int i = 0; i < size; i++) {
            Object answer = answers[i];
            out.writeByte(answer == null ? NOTHING : isFault(i) ? FAULT : ANSWER);
            if (answer != null && !isFault(i)) {
                out.writeObject(answer);
            }
        }
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        int count = in.readInt();
        answers = new @Nullable Object[count];
        while (size < count) {
            switch (in.readByte()) {
                case NOTHING -> add(null);
                case FAULT -> addFault();
                default -> add(in.readObject());
            }
        }
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.BATCH_ANSWERS;
    }
}
