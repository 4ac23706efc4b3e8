package io.sampo.chaos.fault;

import io.sampo.chaos.rig.Network;
import io.sampo.chaos.rig.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Packets between some nodes and the rest vanish, in one direction or in both.
///
/// @param links from, to
record CutLinks(Scene scene, List<int[]> links, @Override String description) implements Fault {

    /// Which way packets vanish, seen from the nodes that are cut off.
    enum Way {
        IN,
        OUT,
        BOTH
    }

    /// @param clientsToo the cut nodes do not reach the clients either
    static CutLinks around(Scene scene, List<Node> cut, Way way, boolean clientsToo) {
        List<int[]> links = new ArrayList<>();
        for (Node inside : cut) {
            for (Node outside : scene.rig().nodes()) {
                if (!cut.contains(outside)) {
                    add(links, inside.id(), outside.id(), way);
                }
            }
            if (clientsToo) {
                add(links, inside.id(), Network.DRIVER, way);
            }
        }
        String names = cut.stream().map(Node::name).collect(Collectors.joining(", "));
        String what = switch (way) {
            case IN -> "nothing reaches " + names;
            case OUT -> "nothing leaves " + names;
            case BOTH -> names + " cut off";
        };
        return new CutLinks(scene, links, what + (clientsToo ? ", for clients too" : ""));
    }

    private static void add(List<int[]> links, int inside, int outside, Way way) {
        if (way != Way.IN) {
            links.add(new int[] {inside, outside});
        }
        if (way != Way.OUT) {
            links.add(new int[] {outside, inside});
        }
    }

    @Override
    public void inject() throws IOException {
        for (int[] link : links) {
            scene.rig().network().drop(link[0], link[1]);
        }
    }

    @Override
    public void heal() throws IOException {
        for (Node node : scene.rig().nodes()) {
            scene.rig().network().heal(node.id());
        }
    }
}
