package io.coppice.observe;

import io.coppice.config.Setting;
import io.coppice.port.Colleagues;
import io.coppice.port.NodeControl;
import io.coppice.port.NodeId;
import io.coppice.port.NodeStatus;
import io.coppice.port.NodeView;
import java.util.List;

/**
 * A node, and those whom it knows.
 *
 * @param settings in force
 */
public record NodeSource(
        NodeId self,
        String release,
        NodeStatus status,
        NodeView view,
        NodeControl control,
        Colleagues colleagues,
        List<Setting> settings,
        LogLevels logs,
        TraceDesk traces) {
    public NodeSource {
        settings = List.copyOf(settings);
    }
}
