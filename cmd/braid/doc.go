// Braid trains one model on many text tasks, and asks it: the program for a person at a
// terminal. It does everything in this process; for a cluster there are coordinator and
// worker.
package main
