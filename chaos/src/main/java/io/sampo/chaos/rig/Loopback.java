package io.sampo.chaos.rig;

import java.io.IOException;
import java.util.List;

/// All nodes on 127.0.0.1: processes can be hurt, their network cannot.
public final class Loopback implements Network {
    @Override
    public String host(int node) {
        return "127.0.0.1";
    }

    @Override
    public List<String> prefix(int node) {
        return List.of();
    }

    @Override
    public boolean breakable() {
        return false;
    }

    @Override
    public void drop(int from, int to) throws IOException {
        throw unbreakable();
    }

    @Override
    public void dropPort(int node, int port) throws IOException {
        throw unbreakable();
    }

    @Override
    public void lose(int node, double share) throws IOException {
        throw unbreakable();
    }

    @Override
    public void duplicate(int node, double share) throws IOException {
        throw unbreakable();
    }

    @Override
    public void slow(int node, int kilobits) throws IOException {
        throw unbreakable();
    }

    @Override
    public void netem(int node) throws IOException {
        throw unbreakable();
    }

    @Override
    public void heal(int node) {}

    @Override
    public void close() {}

    private static IOException unbreakable() {
        return new IOException("the loopback network cannot be broken");
    }
}
