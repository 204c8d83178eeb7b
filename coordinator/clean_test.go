package coordinator_test

import (
	"slices"
	"strings"
	"testing"

	"braid/coordinator"
	"braid/internal/await"
	"braid/protocol"
	"braid/transport"
)

// Clean deletes the objects of a finished job, keeps the copies of a job that can be resumed,
// and refuses while a coordinator leads.
func TestClean(t *testing.T) {
	j := makeJob(t, longer, "training.optimizer.lr=0.05", "training.patience=0")
	want := local(t, j)
	c := newCluster(t)
	finished := makeJob(t)
	w := c.work("w1")
	c.lead(finished, nil).wait(t)
	w.wait(t)
	c.work("w2")
	config := coordinator.Config{Nats: transport.Config{URL: c.server.URL()}, Lease: lease, Log: c.log}
	c.lost(j, func() {
		_, err := coordinator.Clean(t.Context(), config, true)
		if err == nil || !strings.Contains(err.Error(), "leads the fleet") {
			t.Errorf("cleaned while a coordinator leads: %v", err)
		}
	})
	c.freeLease()
	before := len(c.copied(j))
	done, err := coordinator.Clean(t.Context(), config, false)
	if err != nil {
		t.Fatal(err)
	}
	if after := len(c.copied(j)); before == 0 || after != before || done.Kept != before {
		t.Errorf("%d blobs of copies, %d before; %+v", after, before, done)
	}
	if names := c.published(); len(names) > 0 || done.Blobs == 0 {
		t.Errorf("left behind: %v; %+v", names, done)
	}
	// The job continues: its data are stored again.
	sameModel(t, c.lead(j, func(config *coordinator.Config) { config.Resume = true }).wait(t), want)
	if _, err := coordinator.Clean(t.Context(), config, true); err != nil {
		t.Fatal(err)
	}
	if names := c.stored(); len(names) > 0 {
		t.Errorf("%d blobs are left", len(names))
	}
}

// published lists the blobs of jobs and data.
func (c *cluster) published() []string {
	c.t.Helper()
	return slices.DeleteFunc(c.stored(), func(name string) bool { return strings.Contains(name, "/") })
}

// freeLease waits until the lease of a lost leader has expired.
func (c *cluster) freeLease() {
	c.t.Helper()
	conn, err := transport.Connect(c.t.Context(), transport.Config{URL: c.server.URL()})
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	await.Until(c.t, "the lease is free", func() bool {
		held, err := conn.Acquire(c.t.Context(), protocol.DefaultFleet, "test", 0, transport.Keeping{Lease: lease})
		return err == nil && held.Release(c.t.Context()) == nil
	})
}
