package coordinator_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"braid/coordinator"
	"braid/internal/await"
	"braid/run"
	"braid/study"
	inprocess "braid/study/local"
	"braid/transport"
	"braid/worker"
)

// comparison is the plan of a small comparison.
func comparison(t *testing.T) (*study.Comparison, []study.Run) {
	t.Helper()
	j := makeJob(t, "training.steps=200", "tasks.names.reads=[]", "training.shards=1", "cluster.checkpoint_every=5")
	share := study.Share{Steps: 100, Of: 200, Dev: true, Test: true}
	c := &study.Comparison{Arms: []study.Arm{{Name: study.Together, Job: j}}, Seeds: 2, Baseline: study.Alone,
		Shares: [][]study.Share{{share, share}, {share, share}}}
	runs, err := c.Runs()
	if err != nil {
		t.Fatal(err)
	}
	return c, runs
}

// tableOf trains the missing runs of a study directory and returns study.json without times.
func tableOf(t *testing.T, c *study.Comparison, runs []study.Run, dir string, made func()) string {
	t.Helper()
	results, err := inprocess.Train(t.Context(), inprocess.Config{Dir: dir, Parallel: 1, Events: func(e inprocess.Event) {
		if e.Made {
			made()
		}
	}}, runs)
	if err != nil {
		t.Fatal(err)
	}
	report, err := c.Evaluate(runs, results, nil)
	if err != nil {
		t.Fatal(err)
	}
	report.Times = nil
	text, err := report.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// study starts a worker that trains whole runs, over the server or a relay at url.
func (c *cluster) study(name, url string) *member {
	ctx, cancel := context.WithCancel(context.Background())
	m := &member{cancel: cancel, done: make(chan struct{})}
	config := c.workerConfig(url, name)
	config.CopyEvery, config.Beat, config.Grace = time.Nanosecond, 5*time.Millisecond, time.Millisecond
	go func() { defer close(m.done); m.err = worker.Study(ctx, config) }()
	c.t.Cleanup(func() { cancel(); <-m.done })
	return m
}

// Three workers give the study.json of one process, and nothing is left to train. One of them is cut off in the middle
// of a run, which another one continues from the copy of a checkpoint.
func TestStudyOnAFleet(t *testing.T) {
	plan, runs := comparison(t)
	want := tableOf(t, plan, runs, t.TempDir(), func() {})
	c, dir := newCluster(t), t.TempDir()
	jobs := filepath.Join(dir, inprocess.JobsDir)
	err := os.Mkdir(jobs, 0o755)
	for i := range runs {
		err = errors.Join(err, os.WriteFile(filepath.Join(jobs, runs[i].Dir()+".yaml"), runs[i].Job.YAML(), 0o644))
	}
	planned, readErr := inprocess.ReadJobs(dir)
	if err = errors.Join(err, readErr); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	relay, cut := newRelay(t, c.server.URL()), make(chan struct{})
	var once sync.Once
	go func() {
		done <- coordinator.Study(ctx, coordinator.StudyConfig{Config: coordinator.Config{Log: c.log.Named("C"),
			Nats: transport.Config{URL: c.server.URL()}, Farewell: 2 * time.Second}, Runs: planned, Dir: dir,
			Lost: 2 * time.Second, Copied: func(*study.Run, uint64) {
				once.Do(func() { relay.cut(); close(cut) }) // the worker does not get the answer
			}})
	}()
	c.study("lost", relay.url)
	within(t, cut)
	c.study("w1", c.server.URL())
	c.study("w2", c.server.URL())
	select {
	case err = <-done:
	case <-time.After(await.Limit):
		t.Fatal("hangs")
	}
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	if got := tableOf(t, plan, runs, dir, func() { made++ }); got != want || made > 0 {
		t.Errorf("the fleet gives another table (%d runs were left):\n%s\nwant\n%s", made, got, want)
	}
	fetched := 0
	for i := range runs {
		entries, err := run.ReadJournal(filepath.Join(dir, inprocess.RunsDir, runs[i].Dir()))
		if err != nil {
			t.Error(err)
		}
		for _, e := range entries {
			if e.Event == run.EventFetched && e.Step > 0 {
				fetched++
			}
		}
	}
	if fetched == 0 {
		t.Errorf("no run was continued from a copy")
	}
}
