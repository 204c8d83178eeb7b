package dispatch_test

import (
	"fmt"
	"time"

	"braid/coordinator/dispatch"
	"braid/protocol"
)

// A worker joins, and computes a step of four shards: the root of the tree over them.
func ExampleMachine() {
	identity := protocol.Identity{Class: "amd64", SelfTest: []byte{1}}
	m := dispatch.New(dispatch.Config{Term: 3, Job: "job", Identity: identity, Chunk: 512 << 10, MinWorkers: 1})
	now := time.Duration(0)
	step := func(worker string, message any) {
		now += time.Millisecond
		for _, e := range m.Step(now, worker, message) {
			switch e := e.(type) {
			case dispatch.Send:
				fmt.Printf("send %T\n", e.Message)
			case dispatch.Accept:
				fmt.Println("accept node", e.Number)
			case dispatch.Done:
				fmt.Println("done: round", e.Round)
			}
		}
	}
	step("w1", &protocol.Hello{Session: "5a", Class: "amd64", SelfTest: []byte{1}, MaxPayload: 1 << 20})
	step("w1", &protocol.Beat{Term: 3, Job: "job"})
	step("w1", dispatch.Caught{}) // package stream reports that the worker holds all parameters
	step("", dispatch.Begin{Round: &dispatch.GradientRound{Step: 0, Shards: 4}, Version: 1})
	step("w1", dispatch.Answer{Round: m.Number(), Number: 1, Finite: true})
	// Output:
	// send *protocol.Welcome
	// send *protocol.Order
	// accept node 1
	// done: round 1
}
