// Command coordinator leads the training of one job on the workers of a NATS server.
package main
