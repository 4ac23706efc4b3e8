package io.sampo.config.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
    private final Table table = new Table("TOPIC", "FIRST OFFSET", "REPLICAS")
            .row("orders", 17, List.of(1, 2))
            .row("a", null, List.of());

    @Test
    void columnsAreAligned() throws Exception {
        assertEquals("""
                TOPIC   FIRST OFFSET  REPLICAS
                orders  17            1,2
                a       -
                """, printed(OutputFormat.TEXT));
    }

    @Test
    void jsonHasOneObjectARowWithKeysFromTheHeadings() throws Exception {
        assertEquals("""
                [ {
                  "topic" : "orders",
                  "firstOffset" : 17,
                  "replicas" : [ 1, 2 ]
                }, {
                  "topic" : "a",
                  "firstOffset" : null,
                  "replicas" : [ ]
                } ]
                """, printed(OutputFormat.JSON));
    }

    private String printed(OutputFormat format) throws Exception {
        StringWriter text = new StringWriter();
        table.print(new PrintWriter(text), format);
        return text.toString();
    }
}
