package io.coppice.admin;

import io.coppice.shell.Plain;
import io.coppice.shell.Screen;
import io.coppice.shell.Table;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a command tells: tables and sentences for people, or with {@code --json} what the API said. */
final class Report {
    /** Rows that are held to be aligned; those after them are aligned among themselves. */
    private static final int ROWS_MAX = 10_000;

    private final Api api;
    private final boolean json;
    private final PrintWriter out;
    private final PrintWriter err;
    private final Screen screen;

    Report(Api api, boolean json, PrintWriter out, PrintWriter err, Screen screen) {
        this.api = api;
        this.json = json;
        this.out = out;
        this.err = err;
        this.screen = screen;
    }

    boolean json() {
        return json;
    }

    Screen screen() {
        return screen;
    }

    PrintWriter out() {
        return out;
    }

    PrintWriter err() {
        return err;
    }

    /** What the API said, on one line. */
    void print(JsonObject item) {
        out.println(Plain.json(item.encode()));
    }

    /** As above where that is wanted, or else a sentence. */
    void say(JsonObject answer, String sentence) {
        if (json) {
            print(answer);
        } else {
            out.println(Plain.text(sentence));
        }
    }

    void print(Table table) {
        table.print(out, screen.columns());
    }

    /** Names with what belongs to them, one below the other. */
    void fields(@Nullable Object... namesAndValues) {
        int width = 0;
        for (int i = 0; i < namesAndValues.length; i += 2) {
            width = Math.max(width, String.valueOf(namesAndValues[i]).length());
        }
        for (int i = 0; i < namesAndValues.length; i += 2) {
            Object value = namesAndValues[i + 1];
            if (value != null) {
                String name = String.valueOf(namesAndValues[i]);
                out.println(name + " ".repeat(width - name.length()) + "  " + Plain.text(value.toString()));
            }
        }
    }

    /** The columns of a table with what each item has there. */
    record Columns(List<String> names, Function<JsonObject, Object[]> cells) {
        Table table() {
            return new Table(names.toArray(String[]::new));
        }
    }

    /**
     * Lists what the API has.
     *
     * @param path as {@link Api#pages} takes it
     * @return the exit status
     */
    int list(String path, long limit, Columns columns) throws AdminPort.Failure {
        Rows rows = new Rows(columns);
        boolean more = api.pages(path, limit, rows);
        rows.flush();
        if (more) {
            err.println("There are more; --limit takes more than " + limit + ".");
        }
        return status();
    }

    /** Items that came with an answer, as a list. */
    int list(Iterable<?> items, Columns columns) {
        Rows rows = new Rows(columns);
        items.forEach(item -> rows.accept((JsonObject) item));
        rows.flush();
        return status();
    }

    private final class Rows implements Consumer<JsonObject> {
        private final Columns columns;
        private Table table;
        private int count;

        Rows(Columns columns) {
            this.columns = columns;
            this.table = columns.table();
        }

        @Override
        public void accept(JsonObject item) {
            if (json) {
                print(item);
                return;
            }
            table.row(columns.cells.apply(item));
            if (++count == ROWS_MAX) {
                flush();
            }
        }

        void flush() {
            if (!json && !table.isEmpty()) {
                print(table);
            }
            table = columns.table();
            count = 0;
        }
    }

    /** The exit status of what was done; names who did not answer. */
    int status() {
        api.failures().forEach(failure -> err.println("Without " + Plain.text(failure) + "."));
        return api.failures().isEmpty() ? AdminCommand.DONE : AdminCommand.FAILED;
    }
}
