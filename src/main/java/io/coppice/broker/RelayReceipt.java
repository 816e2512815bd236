package io.coppice.broker;

/** One part of a receipt that lives on any loop of the node, split into parts of its own on this one. */
final class RelayReceipt extends Receipt {
    private final Receipt whole;

    RelayReceipt(Shard shard, Receipt whole) {
        super(shard);
        this.whole = whole;
        if (whole.shard == shard) {
            goOnFrom(whole);
        }
    }

    @Override
    boolean isVoid() {
        return whole.isVoid();
    }

    @Override
    void notTaken() {
        whole.notTaken();
    }

    @Override
    void closed(boolean safe, boolean rejected) {
        shard.deliverer.answer(whole, 1, safe, rejected);
    }
}
