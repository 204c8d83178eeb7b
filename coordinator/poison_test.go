package coordinator_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/job"
	"braid/run"
	"braid/train"
)

// poisonedJob has a target among its training data whose square overflows: batches with that target
// have no finite gradient.
const poisonedJob = `name: poisoned
seed: 3
data:
  made: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl}
encoder:
  word: {dim: 6, dropout: 0.1}
  lstm: {hidden: 5}
tasks:
  - {name: price, kind: regression, data: made, field: price, pooling: mean}
  - {name: topic, kind: classification, data: made, field: topic}
training:
  batch: 10
  shards: 4
  steps: 40
  evaluate_every: 10
cluster: {checkpoint_every: 7}
`

func makePoisoned(t *testing.T, overrides ...string) *job.Job {
	t.Helper()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(5, 6))
	for split, n := range map[string]int{"train": 60, "dev": 30} {
		var b strings.Builder
		for i := range n {
			price := fmt.Sprint(random.IntN(5))
			if split == "train" && i == 17 {
				price = "3e38"
			}
			fmt.Fprintf(&b, "{\"tokens\": [\"word%d\", \"word%d\"], \"price\": %s, \"topic\": \"t%d\"}\n",
				random.IntN(9), random.IntN(9), price, random.IntN(3))
		}
		if err := os.WriteFile(filepath.Join(dir, split+".jsonl"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return loadJob(t, dir, poisonedJob, overrides...)
}

// trainLocal is local but also returns the error and the run directory.
func trainLocal(t *testing.T, j *job.Job) (*run.Summary, string, error) {
	t.Helper()
	setup, err := train.Open(t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := setup.Local(2)
	defer f.Close()
	dir := t.TempDir()
	s, err := train.Run(t.Context(), train.Config{Setup: setup, Fleet: f, Dir: dir})
	return s, dir, err
}

func skippedSteps(t *testing.T, dir string) (steps []uint64) {
	t.Helper()
	lines, err := run.ReadMetrics(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		if l.Skipped {
			steps = append(steps, l.Step)
		}
	}
	return steps
}

// Steps whose gradient is not finite are skipped in one process and in a cluster alike, and no worker
// is blamed.
func TestPoisonedDataAreSkipped(t *testing.T) {
	j := makePoisoned(t, "training.not_finite=skip", "cluster.audit=0.2")
	want, dir, err := trainLocal(t, j)
	if err != nil {
		t.Fatal(err)
	}
	steps := skippedSteps(t, dir)
	if len(steps) < 2 || want.SkippedSteps != uint64(len(steps)) {
		t.Fatalf("skipped %v, and %d by the summary", steps, want.SkippedSteps)
	}
	for workers := 1; workers <= 3; workers++ {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			c := newCluster(t)
			var members []*member
			for i := range workers {
				members = append(members, c.work(fmt.Sprint("w", i)))
			}
			j := *j
			j.Cluster.MinWorkers = workers
			lead, dir := c.leadIn(&j)
			got := lead.wait(t)
			sameModel(t, got, want)
			if fmt.Sprint(skippedSteps(t, dir)) != fmt.Sprint(steps) || got.SkippedSteps != want.SkippedSteps {
				t.Errorf("skipped %v, want %v", skippedSteps(t, dir), steps)
			}
			if end, out := figures(t, dir); len(out) > 0 || end["not_finite_nodes"] == 0.0 {
				t.Errorf("quarantined %v; %v", out, end)
			}
			for _, m := range members {
				m.wait(t)
			}
		})
	}
}

// By default such a step ends the run, with the same error in one process and in a cluster.
func TestNotFiniteStops(t *testing.T) {
	for name, j := range map[string]*job.Job{
		"data": makePoisoned(t),
		"rate": makeJob(t, "training.optimizer.lr=1e38", "training.optimizer.kind=sgd", "training.clip=0"),
		// If the parameters are not finite, every step is skipped; the run ends after ten.
		"skip": makeJob(t, "training.optimizer.lr=1e38", "training.optimizer.kind=sgd", "training.clip=0",
			"training.not_finite=skip", "training.mode=joint"),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, want := trainLocal(t, j)
			if want == nil || !strings.Contains(want.Error(), "task") {
				t.Fatalf("in one process: %v", want)
			}
			c := newCluster(t)
			c.work("w1")
			c.work("w2")
			lead, dir := c.leadIn(j)
			<-lead.done
			if lead.err == nil || lead.err.Error() != want.Error() {
				t.Errorf("in a cluster %q, in one process %q", lead.err, want)
			}
			if _, out := figures(t, dir); len(out) > 0 {
				t.Errorf("quarantined %v", out)
			}
		})
	}
}
