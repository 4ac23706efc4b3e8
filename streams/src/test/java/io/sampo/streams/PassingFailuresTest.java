package io.sampo.streams;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Optional;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class PassingFailuresTest {
    private static final Event<byte[], byte[]> EVENT = new Event<>(
            "orders", 3, 17, 1, TimestampType.CREATE_TIME, null, null, new RecordHeaders(), Optional.empty());

    @Test
    void timeHealsBrokenConnectionsAndWhatKafkaCallsRetriable() {
        assertTrue(PassingFailures.mayPass(new TimeoutException("no room within max.block.ms")));
        assertTrue(PassingFailures.mayPass(new DisconnectException("gone")));
        assertTrue(PassingFailures.mayPass(new NotEnoughReplicasException("one of two")));
        assertTrue(PassingFailures.mayPass(new UnknownServerException("a fault within the broker")));
        assertTrue(PassingFailures.mayPass(new IOException("connection reset")));
    }

    @Test
    void timeHealsNothingThatIsForbiddenWrongOrMissing() {
        assertFalse(PassingFailures.mayPass(new GroupAuthorizationException("billing")));
        assertFalse(PassingFailures.mayPass(new SaslAuthenticationException("wrong password")));
        assertFalse(PassingFailures.mayPass(new RecordTooLargeException("for the dead letter topic")));
        assertFalse(PassingFailures.mayPass(new UnsupportedFeature("groups", "none")));
        assertFalse(PassingFailures.mayPass(new IllegalStateException("a fault of our own")));
    }

    @Test
    void theOutermostThatTellsDecides() {
        assertTrue(PassingFailures.mayPass(new IllegalStateException(new TimeoutException("later"))));
        assertFalse(PassingFailures.mayPass(new HandlerFailed(EVENT, 3, new TimeoutException("later"))));
        assertFalse(PassingFailures.mayPass(
                new UndecodableRecord("t", 0, 0, new IllegalStateException(new IOException("end of input")))));
        assertFalse(PassingFailures.mayPass(new SaslAuthenticationException("no", new IOException("reset"))));
    }
}
