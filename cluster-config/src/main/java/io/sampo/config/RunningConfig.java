package io.sampo.config;

import io.sampo.core.config.BrokerConfig;
import io.sampo.core.config.DynamicConfigs;
import io.sampo.core.metadata.MetadataImage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The node's configuration as it is in force: what was given at start, with the dynamic settings of the metadata
/// log
/// on top (KIP-226). Tells those who carry a setting out when it changes.
///
/// Thread rule: [#get] from any thread; images come in order, one at a time.
final class RunningConfig {
    private static final Logger LOG = LoggerFactory.getLogger(RunningConfig.class);

    private final BrokerConfig atStart;
    private final List<Consumer<BrokerConfig>> listeners = new ArrayList<>();
    private DynamicConfigs applied = DynamicConfigs.NONE;
    private volatile BrokerConfig inForce;

    RunningConfig(BrokerConfig atStart) {
        this.atStart = atStart;
        this.inForce = atStart;
    }

    /// What was given at start: where the controller and DescribeConfigs put the dynamic settings on top
    /// themselves.
    BrokerConfig atStart() {
        return atStart;
    }

    BrokerConfig get() {
        return inForce;
    }

    /// Calls `listener` now and with every change; it must not block.
    synchronized void follow(Consumer<BrokerConfig> listener) {
        listeners.add(listener);
        listener.accept(inForce);
    }

    synchronized void imageChanged(MetadataImage image) {
        DynamicConfigs wanted = image.dynamicConfigs(atStart.nodeId());
        if (wanted.equals(applied)) {
            return;
        }
        applied = wanted;
        try {
            inForce = atStart.with(wanted);
        } catch (ConfigException invalid) {
            // The controller refuses such a value. It was valid before the file changed, or with another version.
            LOG.error("Dynamic settings that are not valid here are left out: {}", invalid.getMessage());
            return;
        }
        LOG.info(
                "Settings in force now that differ from those at start: {}",
                wanted.merged().keySet());
        listeners.forEach(listener -> listener.accept(inForce));
    }
}
