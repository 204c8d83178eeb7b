// Command worker computes for a coordinator on a NATS server.
package main
