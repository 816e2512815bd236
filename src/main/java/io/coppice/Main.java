package io.coppice;

/** The command line of Coppice. */
public final class Main {
    private Main() {}

    /** Runs Coppice as its arguments say, and ends the process with its exit status. */
    public static void main(String[] args) {
        System.out.println("Coppice");
    }
}
