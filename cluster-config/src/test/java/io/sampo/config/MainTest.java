package io.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.security.Security;
import org.junit.jupiter.api.Test;

class MainTest {
    private static final String KNOWN = "networkaddress.cache.ttl";
    private static final String UNKNOWN = "networkaddress.cache.negative.ttl";

    @Test
    void addressesOfNamesAreForgottenSoonUnlessTheUserSaysOtherwise() {
        Main.forgetAddressesSoon();
        assertEquals("5", Security.getProperty(KNOWN));
        assertEquals("1", Security.getProperty(UNKNOWN));

        Security.setProperty(KNOWN, "60");
        Security.setProperty(UNKNOWN, "0");
        Main.forgetAddressesSoon();
        assertEquals("60", Security.getProperty(KNOWN));
        assertEquals("0", Security.getProperty(UNKNOWN));
    }
}
