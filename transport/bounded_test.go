package transport

import (
	"testing"
	"time"

	"braid/internal/await"
)

// A bounded subscription drops the messages beyond its limits and reports an overrun. An overrun does
// not break the connection and is not counted as a dropped message. Other subscriptions lose nothing.
func TestBounded(t *testing.T) {
	s := listen(t, TestOptions{})
	c, from := connect(t, s), connect(t, s)
	hold, overran, got := make(chan struct{}), make(chan struct{}, 10), make(chan Received, 1000)
	stop, err := c.SubscribeBounded("flood", Limits{Messages: 10, Bytes: 1 << 20},
		func() { overran <- struct{}{} }, func(Received) { <-hold })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Subscribe("other", func(r Received) { got <- r }); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		for _, subject := range []string{"flood", "other"} {
			if err := from.Publish(subject, []byte("x")); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 100 {
		select {
		case <-got:
		case <-time.After(await.Limit):
			t.Fatal("another subscription lost messages")
		}
	}
	select {
	case <-overran:
	case <-time.After(await.Limit):
		t.Fatal("the overrun is not reported")
	}
	stop()
	close(hold)
	select {
	case err := <-c.Broken():
		t.Error(err)
	default:
	}
	if n := c.Counters(); n.Dropped != 0 || n.Overruns == 0 {
		t.Errorf("%+v", n)
	}
}
