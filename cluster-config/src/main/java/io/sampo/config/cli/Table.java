package io.sampo.config.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Rows under headings, printed in aligned columns or as a JSON array of objects with the headings as keys.
final class Table {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<String> headings;
    private final List<List<@Nullable Object>> rows = new ArrayList<>();

    Table(String... headings) {
        this.headings = List.of(headings);
    }

    Table row(@Nullable Object... cells) {
        List<@Nullable Object> row = new ArrayList<>(cells.length);
        for (Object cell : cells) {
            row.add(cell);
        }
        rows.add(row);
        return this;
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    void print(PrintWriter out, OutputFormat format) throws JsonProcessingException {
        if (format == OutputFormat.JSON) {
            out.println(json(objects()));
        } else if (!rows.isEmpty()) {
            printAligned(out);
        }
        out.flush();
    }

    static String json(Object value) throws JsonProcessingException {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(value);
    }

    private List<Map<String, @Nullable Object>> objects() {
        List<Map<String, @Nullable Object>> objects = new ArrayList<>();
        for (List<@Nullable Object> row : rows) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            for (int i = 0; i < headings.size(); i++) {
                object.put(key(headings.get(i)), row.get(i));
            }
            objects.add(object);
        }
        return objects;
    }

    /// `LOG END` becomes `logEnd`.
    private static String key(String heading) {
        StringBuilder key = new StringBuilder();
        for (String word : heading.toLowerCase(Locale.ROOT).split("[ -]", -1)) {
            key.append(key.isEmpty() ? word : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
        }
        return key.toString();
    }

    private void printAligned(PrintWriter out) {
        int[] widths = new int[headings.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = headings.get(i).length();
            for (List<@Nullable Object> row : rows) {
                widths[i] = Math.max(widths[i], text(row.get(i)).length());
            }
        }
        printLine(out, headings, widths);
        for (List<@Nullable Object> row : rows) {
            printLine(out, row, widths);
        }
    }

    private static void printLine(PrintWriter out, List<? extends @Nullable Object> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = text(cells.get(i));
            line.append(cell);
            if (i < widths.length - 1) {
                line.repeat(' ', widths[i] - cell.length() + 2);
            }
        }
        out.println(line.toString().stripTrailing());
    }

    private static String text(@Nullable Object cell) {
        return switch (cell) {
            case null -> "-";
            case List<?> list -> String.join(",", list.stream().map(Table::text).toList());
            default -> cell.toString();
        };
    }
}
