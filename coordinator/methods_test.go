package coordinator_test

import (
	"testing"

	"braid/coordinator"
)

// Methods that balance tasks give the bits of one process with three workers, one of which is cut off, and with a
// coordinator that ends during the run and continues from its checkpoint.
func TestSameModelWithMethods(t *testing.T) {
	for name, change := range map[string][]string{
		"uncertainty": {"training.balance.kind=uncertainty"},
		"joint dwa":   {"training.mode=joint", "training.balance.kind=dwa", "training.balance.every=7"},
		"upgrad":      {"training.mode=joint", "training.conflict.kind=upgrad"},
		"m_config":    {"training.conflict.kind=m_config", "cluster.audit=0.5"},
		"held":        {"training.conflict.kind=nash_mtl", "training.measure.every=7"},
		"famo":        {"training.mode=joint", "training.conflict.kind=famo", "cluster.audit=0.5"},
		"gradnorm":    {"training.mode=joint", "training.conflict.kind=gradnorm", "training.precision=bf16"},
	} {
		t.Run(name, func(t *testing.T) {
			j := makeJob(t, append(change, "training.steps=60")...)
			want := local(t, j)
			c := newCluster(t)
			cut := c.cut("w0")
			c.work("w1")
			c.work("w2")
			dir := t.TempDir()
			change, reached := c.follow(10)
			first := c.lead(j, func(config *coordinator.Config) { change(config); config.Dir = dir })
			within(t, reached)
			cut.cancel()
			first.cancel()
			<-first.done
			second := c.lead(j, func(config *coordinator.Config) { config.Dir, config.Resume = dir, true })
			sameModel(t, second.wait(t), want)
		})
	}
}
