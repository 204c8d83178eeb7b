package local_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"braid/job"
	"braid/study"
	"braid/study/local"
	"braid/train"
)

const tinyJob = `name: tiny
data:
  made: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl, test: test.jsonl}
encoder:
  word: {dim: 6, dropout: 0.1}
  lstm: {hidden: 4}
tasks:
  - {name: topic, kind: classification, data: made, field: topic}
  - {name: names, kind: tagging, data: made, field: tags}
training: {batch: 10, shards: 2, steps: 40, optimizer: {lr: 0.02}, evaluate_every: 10}
cluster: {checkpoint_every: 5}
`

// write makes the data and the job file in a directory.
func write(t *testing.T, dir string) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	for i, n := range []int{80, 30, 40} {
		var b strings.Builder
		for range n {
			topic := random.IntN(3)
			var tokens, tags []string
			for range 2 + random.IntN(5) {
				if random.IntN(3) == 0 {
					tokens, tags = append(tokens, fmt.Sprintf(`"name%d"`, random.IntN(30))), append(tags, `"B-N"`)
					continue
				}
				tokens, tags = append(tokens, fmt.Sprintf(`"w%d"`, topic*6+random.IntN(14))), append(tags, `"O"`)
			}
			fmt.Fprintf(&b, "{\"tokens\": [%s], \"tags\": [%s], \"topic\": \"t%d\"}\n", strings.Join(tokens, ","),
				strings.Join(tags, ","), topic)
		}
		file := filepath.Join(dir, []string{"train", "dev", "test"}[i]+".jsonl")
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "job.yaml"), []byte(tinyJob), 0o644); err != nil {
		t.Fatal(err)
	}
}

// comparison is the plan of a comparison of the job in dir.
func comparison(dir string) (*study.Comparison, []study.Run, error) {
	j, err := job.Load(filepath.Join(dir, "job.yaml"))
	if err != nil {
		return nil, nil, err
	}
	share := study.Share{Steps: 20, Of: 40, Dev: true, Test: true}
	c := &study.Comparison{Arms: []study.Arm{{Name: study.Together, Job: j}}, Seeds: 2, Baseline: study.Alone,
		Shares: [][]study.Share{{share, share}, {share, share}}}
	runs, err := c.Runs()
	return c, runs, err
}

// table trains the comparison of the job in dir and returns its study.json without times.
func table(ctx context.Context, dir, out string, parallel int, event func(local.Event)) (string, error) {
	c, runs, err := comparison(dir)
	if err != nil {
		return "", err
	}
	results, err := local.Train(ctx, local.Config{Dir: out, Parallel: parallel, Events: event}, runs)
	if err != nil {
		return "", err
	}
	report, err := c.Evaluate(runs, results, nil)
	if err != nil {
		return "", err
	}
	report.Times = nil
	text, err := report.JSON()
	return string(text), err
}

// A study has the same table whichever processes train it: one process, two at the same time, one that is interrupted
// again and again and resumed. A finished run is never made again.
func TestOneStudyOneTable(t *testing.T) {
	dir := t.TempDir()
	write(t, dir)
	want, err := table(t.Context(), dir, filepath.Join(dir, "one"), 1, nil)
	if err != nil {
		t.Fatal(err)
	}

	var mu sync.Mutex
	made := map[string]int{}
	count := func(e local.Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Finished && e.Made {
			made[e.Run.String()]++
		}
	}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if got, err := table(t.Context(), dir, filepath.Join(dir, "two"), 2, count); err != nil || got != want {
				t.Errorf("one of two callers: %v, or another table", err)
			}
		})
	}
	both.Wait()
	for run, n := range made {
		if n != 1 {
			t.Errorf("%s was made %d times", run, n)
		}
	}
	if len(made) != 10 {
		t.Errorf("%d runs were made", len(made))
	}

	for interruptions := 0; ; interruptions++ {
		ctx, cancel := context.WithCancel(t.Context())
		steps := 0
		got, err := table(ctx, dir, filepath.Join(dir, "three"), 1, func(e local.Event) {
			if _, ok := e.Step.(train.Stepped); ok {
				if steps++; steps == 67 {
					cancel()
				}
			}
		})
		cancel()
		if errors.Is(err, context.Canceled) {
			continue
		}
		if err != nil || got != want || interruptions < 4 {
			t.Errorf("after %d interruptions: %v, or another table", interruptions, err)
		}
		break
	}
}

// helperDir names the directory of a helper process, which trains until it is killed.
const helperDir = "BRAID_STUDY_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperDir); dir != "" {
		if _, err := table(context.Background(), dir, filepath.Join(dir, "killed"), 1, nil); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A process that is killed leaves no lock and nothing half done: two others that train at the same time end with the
// same table.
func TestKilledAndResumed(t *testing.T) {
	dir := t.TempDir()
	write(t, dir)
	want, err := table(t.Context(), dir, filepath.Join(dir, "whole"), 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	killed := 0
	for _, after := range []time.Duration{150, 250, 350} {
		helper := exec.Command(os.Args[0])
		helper.Env = append(os.Environ(), helperDir+"="+dir)
		if err := helper.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(after*time.Millisecond, func() { _ = helper.Process.Kill() })
		if helper.Wait() != nil {
			killed++
		}
		timer.Stop()
	}
	helper := exec.Command(os.Args[0])
	helper.Env = append(os.Environ(), helperDir+"="+dir)
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	got, err := table(t.Context(), dir, filepath.Join(dir, "killed"), 1, nil)
	if err != nil || got != want {
		t.Errorf("two processes after %d kills: %v, or another table", killed, err)
	}
	if err := helper.Wait(); err != nil {
		t.Errorf("the other process: %v", err)
	}
	if killed == 0 {
		t.Error("the helper was never killed")
	}
}

// The error of one run ends the study and names the run.
func TestErrorNamesTheRun(t *testing.T) {
	dir := t.TempDir()
	write(t, dir)
	_, runs, err := comparison(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "test.jsonl")); err != nil {
		t.Fatal(err)
	}
	_, err = local.Train(t.Context(), local.Config{Dir: filepath.Join(dir, "out"), Parallel: 2}, runs)
	if err == nil || !strings.Contains(err.Error(), "seed 1") || !strings.Contains(err.Error(), "test.jsonl") {
		t.Errorf("error %v", err)
	}
}

// A run whose loss is not finite ends a study, unless its results may say so.
func TestDivergedRun(t *testing.T) {
	dir := t.TempDir()
	write(t, dir)
	j, err := job.Load(filepath.Join(dir, "job.yaml"), "training.optimizer.kind=sgd", "training.optimizer.lr=1e38",
		"training.clip=0", "training.optimizer.momentum=0.99")
	if err != nil {
		t.Fatal(err)
	}
	runs := []study.Run{{Arm: "steep", Seed: j.Seed, Job: j}}
	c := local.Config{Dir: filepath.Join(dir, "out"), Parallel: 1, Diverging: true}
	for range 2 { // trained, and looked at again
		results, err := local.Train(t.Context(), c, runs)
		if err != nil || !strings.Contains(results[0].Diverged, "NaN") && !strings.Contains(results[0].Diverged, "Inf") {
			t.Fatalf("results %+v, error %v", results, err)
		}
	}
	c.Diverging = false
	if _, err := local.Train(t.Context(), c, runs); !train.Diverged(err) {
		t.Errorf("error %v", err)
	}
}

// A run that pauses and continues ends with the model of one that did not, and a run that has passed its pause is not
// trained. Without the test split it has the same model and no test scores.
func TestPausedRuns(t *testing.T) {
	dir := t.TempDir()
	write(t, dir)
	_, runs, err := comparison(dir)
	if err != nil {
		t.Fatal(err)
	}
	train := func(out string, until uint64, noTest bool) (study.Result, bool) {
		t.Helper()
		r, made := runs[0], false
		r.Until, r.NoTest = until, noTest
		results, err := local.Train(t.Context(), local.Config{Dir: filepath.Join(dir, out), Parallel: 1,
			Events: func(e local.Event) { made = e.Made }}, []study.Run{r})
		if err != nil {
			t.Fatal(err)
		}
		return results[0], made
	}
	spent := func(steps uint64) {
		t.Helper()
		if seconds, n, err := local.Spent(filepath.Join(dir, "paused"), &runs[0]); n != steps || seconds <= 0 || err != nil {
			t.Errorf("spent %g s on %d steps, %v, want %d steps", seconds, n, err, steps)
		}
	}
	want, _ := train("whole", 0, false)
	if first, made := train("paused", 10, true); !made || first.Summary != nil || len(first.Evaluations) != 1 {
		t.Errorf("until step 10: made %v, %d evaluations", made, len(first.Evaluations))
	}
	spent(10)
	if second, made := train("paused", 20, true); !made || len(second.Evaluations) != 2 {
		t.Errorf("until step 20: made %v, %d evaluations", made, len(second.Evaluations))
	}
	if _, made := train("paused", 10, true); made {
		t.Error("a run that has passed step 10 is trained until step 10")
	}
	got, _ := train("paused", 0, true)
	if got.Summary.ModelSHA256 != want.Summary.ModelSHA256 || len(got.Evaluations) != len(want.Evaluations) {
		t.Error("a paused run ends with another model")
	}
	if got.Summary.Tasks["topic"].Test != nil || want.Summary.Tasks["topic"].Test == nil {
		t.Error("a run without test split has test scores, or one with it has none")
	}
}
