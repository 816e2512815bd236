/** What makes several nodes one broker: membership, homes, and copies of sessions and retained messages, over Hazelcast. */
@NullMarked
package io.coppice.cluster;

import org.jspecify.annotations.NullMarked;
