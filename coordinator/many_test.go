package coordinator_test

import (
	"fmt"
	"testing"
)

// Sixty-four workers over as many connections, a shard for almost each: the same model, and
// no message dropped, which would end whoever lost it.
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
