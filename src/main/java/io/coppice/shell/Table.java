package io.coppice.shell;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows below names of columns, aligned: numbers to the right, the rest to the left. What does not fit is cut where it is longest. */
public final class Table {
    private static final String GAP = "  ";
    private static final String CUT = "…";
    /** Of a column that is cut. */
    private static final int WIDTH_MIN = 6;

    private final String[] names;
    private final boolean[] numbers;
    private final List<String[]> rows = new ArrayList<>();

    /** @param names such as {@code CLIENT}; of a column of numbers with a {@code >} in front */
    public Table(String... names) {
        this.names = new String[names.length];
        this.numbers = new boolean[names.length];
        for (int i = 0; i < names.length; i++) {
            numbers[i] = names[i].startsWith(">");
            this.names[i] = numbers[i] ? names[i].substring(1) : names[i];
        }
    }

    /** Takes one row, with something for each column. */
    public void row(Object... cells) {
        if (cells.length != names.length) {
            throw new IllegalArgumentException(cells.length + " cells for " + names.length + " columns");
        }
        rows.add(Arrays.stream(cells)
                .map(cell -> Plain.text(String.valueOf(cell)))
                .toArray(String[]::new));
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** @param columns of the screen */
    public void print(PrintWriter to, int columns) {
        int[] widths = widths();
        fit(widths, columns);
        to.println(line(names, widths, columns));
        rows.forEach(row -> to.println(line(row, widths, columns)));
    }

    private int[] widths() {
        int[] widths = new int[names.length];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = length(names[i]);
            for (String[] row : rows) {
                widths[i] = Math.max(widths[i], length(row[i]));
            }
        }
        return widths;
    }

    private static void fit(int[] widths, int columns) {
        long over = Arrays.stream(widths).asLongStream().sum() + (long) GAP.length() * (widths.length - 1) - columns;
        while (over > 0) {
            int widest = 0;
            for (int i = 1; i < widths.length; i++) {
                widest = widths[i] > widths[widest] ? i : widest;
            }
            if (widths[widest] <= WIDTH_MIN) {
                return;
            }
            widths[widest]--;
            over--;
        }
    }

    private String line(String[] cells, int[] widths, int columns) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.length; i++) {
            String cell = cut(cells[i], widths[i]);
            String space = " ".repeat(widths[i] - length(cell));
            line.append(i == 0 ? "" : GAP).append(numbers[i] ? space + cell : cell + space);
        }
        return cut(line.toString().stripTrailing(), columns);
    }

    private static String cut(String text, int width) {
        return length(text) <= width ? text : text.substring(0, text.offsetByCodePoints(0, width - 1)) + CUT;
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }
}
