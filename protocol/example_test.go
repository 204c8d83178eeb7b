package protocol_test

import (
	"errors"
	"fmt"

	"braid/protocol"
)

// A frame carries a message and a body, and shows damage.
func Example() {
	frame, err := protocol.Append(nil, &protocol.Credit{Term: 3, Limit: 64}, []byte("body"))
	if err != nil {
		panic(err)
	}
	m, body, err := protocol.Decode(frame)
	fmt.Printf("%T %+v %s %v\n", m, m, body, err)

	frame[len(frame)-1] ^= 1
	_, _, err = protocol.Decode(frame)
	fmt.Println(errors.Is(err, protocol.ErrDamaged))
	// Output:
	// *protocol.Credit &{Term:3 Limit:64} body <nil>
	// true
}

// Window frames a chunk in place: the room before the chunk is overwritten while send runs.
func ExampleWindow() {
	buf := append(make([]byte, protocol.Room), "chunk"...)
	head := &protocol.Node{Term: 3, Round: 9, Node: 5, Part: protocol.Part{Index: 0, Last: true}}
	err := protocol.Window(buf, protocol.Room, len(buf), head, func(frame []byte) error {
		_, body, err := protocol.Decode(frame)
		fmt.Printf("%s\n", body)
		return err
	})
	fmt.Println(err, buf[protocol.Room-1])
	// Output:
	// chunk
	// <nil> 0
}

// The parts of a whole arrive in any order, and some twice.
func ExampleTally() {
	var t protocol.Tally
	for _, p := range []protocol.Part{{Index: 1, Last: true}, {Index: 1, Last: true}, {Index: 0}} {
		fresh, whole, err := t.Add(p)
		fmt.Println(fresh, whole, err)
	}
	// Output:
	// true false <nil>
	// false false <nil>
	// true true <nil>
}

// Subjects of a fleet and of one process of a worker.
func ExampleFleetName() {
	f := protocol.DefaultFleet
	a := protocol.Address{Worker: "w1", Session: "5a"}
	fmt.Println(f.All(), f.To(a), f.Join("w1"), f.Up(a))
	fmt.Println(f.Joins("braid.main.join.w1"), protocol.ChannelUp.Carries(&protocol.Beat{}))
	// Output:
	// braid.main.all braid.main.to.w1.5a braid.main.join.w1 braid.main.up.w1.5a
	// w1 false
}
