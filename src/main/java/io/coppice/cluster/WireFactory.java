package io.coppice.cluster;

import com.hazelcast.nio.serialization.DataSerializableFactory;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;

/** The types of ours that members may send each other, by number. A number is never used again for something else. */
final class WireFactory implements DataSerializableFactory {
    static final int ID = 0xC0;

    static final int HIGHEST_VERSION = 1;
    static final int HOME_ENTRY = 2;
    static final int CLAIM = 3;
    static final int PUT_HOME = 4;
    static final int RELEASE = 5;
    static final int HOME_ELSEWHERE = 6;
    static final int SESSION_IMAGE = 7;
    static final int APPEND = 8;
    static final int FENCE = 9;
    static final int RETAINED_ENTRY = 10;
    static final int RETAIN = 11;
    static final int PUT_RETAINED = 12;
    static final int BATCH = 13;
    static final int BATCH_BACKUP = 14;
    static final int BATCH_ANSWERS = 15;
    static final int SESSION_PAGE = 16;
    static final int PAGE = 17;
    static final int ROUTE_ENTRY = 18;
    static final int BROUGHT = 19;
    static final int OFFER = 20;
    static final int RECOVERY_ENTRY = 21;
    static final int NEWER = 22;
    static final int STANDING = 23;
    static final int AGREE = 30;

    @Override
    public IdentifiedDataSerializable create(int type) {
        return switch (type) {
            case HIGHEST_VERSION -> new HighestVersion();
            case HOME_ENTRY -> new HomeEntry();
            case CLAIM -> new ClaimProcessor();
            case PUT_HOME -> new PutHomeProcessor();
            case RELEASE -> new ReleaseProcessor();
            case HOME_ELSEWHERE -> new HomeElsewhere();
            case SESSION_IMAGE -> new SessionImage();
            case APPEND -> new AppendProcessor();
            case FENCE -> new FenceProcessor();
            case RETAINED_ENTRY -> new RetainedEntry();
            case RETAIN -> new RetainProcessor();
            case PUT_RETAINED -> new PutRetainedProcessor();
            case BATCH -> new BatchOperation();
            case BATCH_BACKUP -> new BatchBackupOperation();
            case BATCH_ANSWERS -> new BatchAnswers();
            case SESSION_PAGE -> new SessionPage();
            case PAGE -> new PageProcessor();
            case ROUTE_ENTRY -> new RouteEntry();
            case BROUGHT -> new BroughtOperation();
            case OFFER -> new OfferProcessor();
            case RECOVERY_ENTRY -> new RecoveryEntry();
            case NEWER -> new NewerOperation();
            case STANDING -> new StandingOperation();
            case AGREE -> new AgreeOperation();
            default -> throw new IllegalArgumentException("this release knows no type " + type);
        };
    }
}
