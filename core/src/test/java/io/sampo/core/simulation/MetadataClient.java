package io.sampo.core.simulation;

import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.ControllerCommand.AllocateProducerIds;
import io.sampo.core.partition.BarrierRequest;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.simulation.SimulatedController.Outcome;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A node or a person that changes metadata, one command at a time, and reads them behind a barrier. Keeps the
/// rules of the node's gateway: what was not decided is offered again, what may be told twice is told again
/// when its outcome is unknown, everything else is given up then.
final class MetadataClient {
    private static final long TIMEOUT_US = 3_000_000;

    /// A read waits for the proof that the controller's replica still led when it was asked, and for the image.
    ///
    /// @param acknowledgedOffset when it was asked
    record Question(MetadataClient client, ReplicaShell shell, long acknowledgedOffset, Consumer<Outcome> answer)
            implements BarrierRequest {

        void proved(boolean leads, long highWatermark) {
            if (leads) {
                client.read(this, highWatermark);
            } else {
                answer.accept(Outcome.NOTHING_DECIDED);
            }
        }
    }

    private final World world;
    private final Chance chance;
    private final MetadataWishes wishes;
    private Connection connection;
    private long request;
    private boolean done = true;

    /// The command that is to be told again; null: the next is another one.
    private @Nullable ControllerCommand<?> again;

    /// When the newest command that was written was offered first.
    private long wishedUs;

    long acknowledgedWishUs = -1;
    long commands;
    long unknownOutcomes;

    MetadataClient(World world, int number) {
        this.world = world;
        this.chance = new Chance(world.scenario.seed(), "metadata-client-" + number);
        this.wishes = new MetadataWishes(chance, number, world.scenario);
        this.connection = new Connection(world, 1);
    }

    boolean isDone() {
        return done;
    }

    /// The next request, or the same again elsewhere.
    void start() {
        done = world.clients.stopped;
        if (done) {
            again = null;
            return;
        }
        long current = ++request;
        ControllerCommand<?> command = again;
        if (command == null && chance.oneIn(5)) {
            send(current, this::ask, outcome -> outcome.response() != null);
        } else {
            if (command == null) {
                command = wishes.next();
                wishedUs = world.agenda.nowUs();
            }
            submit(current, command);
        }
        world.agenda.after(TIMEOUT_US, () -> {
            if (request == current) {
                unknownOutcomes++;
                lookElsewhere();
            }
        });
    }

    private void lookElsewhere() {
        request++;
        connection.close();
        ReplicaShell leader = world.leader();
        int nodeId = leader == null || chance.oneIn(8) ? chance.of(world.nodes).nodeId : leader.node.nodeId;
        connection = new Connection(world, nodeId);
        next();
    }

    private void next() {
        long waiting = request;
        world.agenda.after(chance.exponential(wishes.meanPauseUs()), () -> {
            if (request == waiting) {
                start();
            }
        });
    }

    private void submit(long current, ControllerCommand<?> command) {
        // Until the outcome is known, the command may have been carried out.
        again = MetadataWishes.mayBeRepeated(command) ? command : null;
        send(
                current,
                (shell, answer) -> {
                    SimulatedController controller = shell.controller;
                    if (controller == null) {
                        answer.accept(Outcome.NOTHING_DECIDED);
                    } else {
                        controller.submit(command, answer);
                    }
                },
                outcome -> {
                    Object response = outcome.response();
                    if (response == null) {
                        again = !outcome.unknown() || MetadataWishes.mayBeRepeated(command) ? command : null;
                        unknownOutcomes += outcome.unknown() ? 1 : 0;
                        return false;
                    }
                    again = null;
                    commands++;
                    wishes.answered(command, response);
                    world.images.acknowledged(command, response, outcome.offset());
                    if (command instanceof AllocateProducerIds) {
                        acknowledgedWishUs = wishedUs;
                    }
                    return true;
                });
    }

    private void ask(ReplicaShell shell, Consumer<Outcome> answer) {
        shell.step(new ReplicaInput.ReadBarrier(new Question(this, shell, world.images.acknowledgedOffset(), answer)));
    }

    private void read(Question question, long highWatermark) {
        SimulatedNode node = question.shell().node;
        if (world.images.of(node).offset() + 1 >= highWatermark) {
            world.images.judges.reads.read(node.nodeId, question.acknowledgedOffset(), world.images.of(node));
            question.answer().accept(new Outcome(question, false, -1));
        } else {
            node.after(question.shell(), 20_000, () -> read(question, highWatermark));
        }
    }

    private interface Call {
        void run(ReplicaShell shell, Consumer<Outcome> answer);
    }

    private interface Reaction {
        boolean done(Outcome outcome);
    }

    private void send(long current, Call call, Reaction reaction) {
        Connection used = connection;
        Consumer<Outcome> answer = outcome -> used.toClient(() -> {
            if (request == current) {
                if (reaction.done(outcome)) {
                    next();
                } else {
                    lookElsewhere();
                }
            }
        });
        used.toNode(() -> {
            SimulatedNode node = world.node(used.nodeId);
            ReplicaShell shell = node.shell;
            if (shell == null) {
                answer.accept(Outcome.NOTHING_DECIDED);
                return;
            }
            node.runIn(shell, () -> shell.guarded(() -> call.run(shell, answer)));
        });
    }
}
