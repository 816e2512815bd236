package io.coppice.observe;

import io.coppice.port.Colleagues;
import io.coppice.port.Membership;
import io.coppice.port.NodeControl;
import io.coppice.port.NodeId;
import io.coppice.port.NodeStatus;
import io.coppice.port.NodeView;

/**
 * A node, and those whom it knows.
 *
 * @param configuration in force
 * @param orders of operators that last
 */
public record NodeSource(
        NodeId self,
        String release,
        NodeStatus status,
        NodeView view,
        NodeControl control,
        Colleagues colleagues,
        Membership membership,
        Configuration configuration,
        StandingOrders orders,
        LogLevels logs,
        TraceDesk traces) {}
