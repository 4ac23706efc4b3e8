package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.VoterSet;
import java.util.List;

/// Words for a trace that a person reads.
final class Describe {
    private static final ClassValue<Integer> KINDS = new ClassValue<>() {
        @Override
        protected Integer computeValue(Class<?> of) {
            return of.getSimpleName().hashCode();
        }
    };

    private Describe() {}

    static String input(ReplicaInput input) {
        return input instanceof ReplicaInput.Received received
                ? "from " + received.envelope().from().nodeId() + "/"
                        + received.envelope().incarnation() + " "
                        + shorten(received.envelope().message().toString())
                : shorten(input.toString());
    }

    static String effect(ReplicaEffect effect) {
        return switch (effect) {
            case ReplicaEffect.Send send ->
                "to " + send.envelope().to().nodeId() + " "
                        + shorten(send.envelope().message().toString());
            case ReplicaEffect.SendTail tail ->
                "to " + tail.envelope().to().nodeId() + " "
                        + shorten(tail.envelope().message().toString()) + " with batches " + tail.fromOffset() + " to "
                        + tail.upToOffset();
            default -> shorten(effect.toString());
        };
    }

    private static String shorten(String text) {
        String shorter = text.replaceAll("ReplicaId\\[nodeId=(\\d+), directoryId=[^\\]]*?(.{4})\\]", "r$1~$2")
                .replaceAll("MemoryRecords\\(size=(\\d+), buffer=[^)]*\\)+", "$1B")
                .replaceAll("partition=[^,]*, ", "");
        return shorter.length() > 600 ? shorter.substring(0, 600) + "..." : shorter;
    }

    static String replicas(List<ReplicaId> replicas) {
        return shorten(replicas.toString());
    }

    static String config(VoterSet config) {
        return shorten(config.toString());
    }

    /// The same number for the same input in every JVM.
    static long kind(ReplicaInput input) {
        return KINDS.get(
                input instanceof ReplicaInput.Received received
                        ? received.envelope().message().getClass()
                        : input.getClass());
    }

    static String state(World world) {
        StringBuilder text = new StringBuilder("desired ").append(replicas(world.metadata.desired()));
        for (SimulatedNode node : world.nodes) {
            ReplicaShell shell = node.shell;
            DiskImage image = node.disk.image;
            text.append("\n      node ")
                    .append(node.nodeId)
                    .append(shell == null ? " down" : shell.activeEpoch >= 0 ? " LEADS" : " up")
                    .append(shell != null && shell.offline ? " offline" : "")
                    .append(shell != null && shell.isPersisting() ? " persisting" : "")
                    .append(image.suspect ? " suspect" : "")
                    .append(" promised ")
                    .append(image.promisedEpoch)
                    .append(" key ")
                    .append(image.lastEpoch())
                    .append(',')
                    .append(node.disk.logEndOffset())
                    .append(" high watermark ")
                    .append(shell == null ? -1 : shell.core.highWatermark())
                    .append(" start ")
                    .append(image.logStartOffset)
                    .append(' ')
                    .append(config(image.config()));
        }
        return text.toString();
    }
}
