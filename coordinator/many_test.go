package coordinator_test

import (
	"fmt"
	"testing"
)

// With 64 workers over 64 connections and almost as many shards, the model is the same and no message
// is dropped. A drop would end the program that lost the message.
func TestSameModelWithManyWorkers(t *testing.T) {
	const many = 64
	j := makeJob(t, "training.shards=60", "training.batch=60", fmt.Sprint("cluster.min_workers=", many))
	want := local(t, j)
	c := newCluster(t)
	var members []*member
	for i := range many {
		members = append(members, c.work(fmt.Sprintf("w%d", i)))
	}
	got := c.lead(j, nil).wait(t)
	sameModel(t, got, want)
	if got.Workers != many {
		t.Errorf("%d workers at the end", got.Workers)
	}
	for _, m := range members {
		m.wait(t)
	}
}
