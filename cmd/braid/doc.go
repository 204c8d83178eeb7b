// Command braid trains one model on many text tasks, predicts with it, and examines runs. It is
// for a person at a terminal and computes in its own process. Commands coordinator and worker
// train on several machines.
package main
