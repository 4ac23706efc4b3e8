package io.sampo.config;

import io.sampo.persistence.log.FileOps;
import io.sampo.persistence.log.FilePartitionLogs;

/// What a node takes from the machine it runs on, apart from its settings. The product knows one of them; fault
/// tests start a node on another one, to take power away from files.
///
/// @param bootId of the operating system; empty when it is not known
record NodeEnvironment(FileOps files, String bootId) {

    static NodeEnvironment ofThisMachine() {
        return new NodeEnvironment(FileOps.SYSTEM, FilePartitionLogs.bootIdOfThisMachine());
    }
}
