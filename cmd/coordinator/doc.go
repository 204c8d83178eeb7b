// Command coordinator trains one job on the workers of a NATS server.
package main
