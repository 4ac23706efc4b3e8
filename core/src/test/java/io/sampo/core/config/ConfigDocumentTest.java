package io.sampo.core.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConfigDocumentTest {
    private static final Path PAGE = Path.of("..", "docs", "configuration.md");

    @Test
    void thePageInDocsIsWhatTheDefinitionsSay() throws IOException {
        if (Boolean.getBoolean("sampo.docs.write")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, ConfigDocument.render());
        }
        assertEquals(
                ConfigDocument.render(),
                Files.readString(PAGE),
                "docs/configuration.md is stale; write it with -Dsampo.docs.write=true");
    }
}
