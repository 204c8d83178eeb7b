// Command worker computes gradients and scores for a coordinator on a NATS server.
package main
