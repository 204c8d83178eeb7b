package toy

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"braid/job"
	"braid/run"
	"braid/study"
	studies "braid/study/local"
	"braid/train"
)

// transferJob has two tasks whose best answers are linear functions of the text, with a cosine ρ. A text is one of
// eight words, and the encoder gives it a vector: that is a linear encoder of one-hot inputs, whose covariance is a
// multiple of the identity.
const transferJob = `name: transfer
data: {made: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl, test: dev.jsonl}}
encoder: {kind: mean, word: {dim: 1, dropout: 0, unknown: 0}}
tasks:
  - {name: first, kind: regression, data: made, field: first, metric: mse}
  - {name: second, kind: regression, data: made, field: second, metric: mse}
training:
  mode: joint
  batch: 160
  shards: 2
  steps: 300
  optimizer: {kind: adam, lr: 0.05}
  schedule: {kind: linear}
  evaluate_every: 300
  measure: {every: 299}
`

// loadTransfer writes data for a cosine ρ with normal noise, and returns the job with an encoder of the given width.
func loadTransfer(t *testing.T, rho, noise float64, width int) *job.Job {
	t.Helper()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	for _, split := range []string{"train", "dev"} {
		var b strings.Builder
		for i := range 8 * 20 {
			u, v := float64(1-2*(i%2)), float64(1-2*(i/2%2)) // orthogonal functions of the word, with the mean square 1
			first, second := u+noise*random.NormFloat64(), rho*u+math.Sqrt(1-rho*rho)*v+noise*random.NormFloat64()
			fmt.Fprintf(&b, "{\"tokens\": [\"w%d\"], \"first\": %g, \"second\": %g}\n", i%8, first, second)
		}
		write(t, filepath.Join(dir, split+".jsonl"), b.String())
	}
	path := filepath.Join(dir, "job.yaml")
	write(t, path, transferJob)
	j, err := job.Load(path, fmt.Sprintf("encoder.word.dim=%d", width))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// An encoder of width 1 cannot serve both tasks: the least sum of their losses is 1-|ρ|. One of width 2 can. At the
// best point of width 1 the gradients of the two tasks cancel.
func TestNegativeTransferHasTheAnalyticLoss(t *testing.T) {
	for _, rho := range []float64{1, .9, .5, .2, 0, -.5, -1} {
		for width := 1; width <= 2; width++ {
			s, err := train.Open(t.Context(), loadTransfer(t, rho, 0, width), nil)
			if err != nil {
				t.Fatal(err)
			}
			fleet, dir := s.Local(1), filepath.Join(t.TempDir(), "run")
			summary, err := train.Run(t.Context(), train.Config{Setup: s, Fleet: fleet, Dir: dir, Threads: 1})
			fleet.Close()
			if err != nil {
				t.Fatal(err)
			}
			first, second := summary.Tasks["first"].Dev["mse"], summary.Tasks["second"].Dev["mse"]
			excess, want := first+second, 1-math.Abs(rho)
			if width == 2 {
				want = 0
			}
			t.Logf("ρ %g, width %d: excess loss %.4f and %.4f, cosine %.3f", rho, width, first, second, cosine(t, dir))
			if tolerance := max(.02*want, .01); math.Abs(excess-want) > tolerance {
				t.Errorf("ρ %g, width %d: the excess loss is %.4f, want %.4f", rho, width, excess, want)
			}
			if c := cosine(t, dir); width == 1 && math.Abs(rho) < .95 && c > -.99 {
				t.Errorf("ρ %g, width 1: the cosine of the gradients is %.3f at the end", rho, c)
			}
		}
	}
}

// cosine returns the cosine of the gradients of the two tasks in a run's last measurement.
func cosine(t *testing.T, dir string) float64 {
	t.Helper()
	lines, err := run.ReadMetrics(dir)
	if err != nil {
		t.Fatal(err)
	}
	c := math.NaN()
	for _, m := range lines {
		if m.Kind == "measure" {
			p := m.Measure.Tables.Batch
			c = float64(p[1]) / math.Sqrt(float64(p[0])*float64(p[2]))
		}
	}
	return c
}

// A comparison calls both tasks hurt in an encoder of width 1, and none in one of width 2. The labels are noisy, as the
// difference between two losses that are almost 0 is no chance, however small it is.
func TestNegativeTransferIsCalledHurt(t *testing.T) {
	for width, want := range map[int]study.Verdict{1: study.Hurt, 2: study.NoDifference} {
		j := loadTransfer(t, .2, .5, width)
		share := study.Share{Steps: 300, Of: 300, Dev: true, Test: true}
		shares := []study.Share{share, share}
		c := &study.Comparison{Arms: []study.Arm{{Name: study.Together, Job: j}}, Seeds: 3, Baseline: study.Alone,
			Shares: [][]study.Share{shares, shares, shares}}
		runs, err := c.Runs()
		if err != nil {
			t.Fatal(err)
		}
		where := studies.Config{Dir: filepath.Join(t.TempDir(), "study"), Parallel: 2}
		results, err := studies.Train(t.Context(), where, runs)
		if err != nil {
			t.Fatal(err)
		}
		report, err := c.Evaluate(runs, results, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range report.Table.Contrasts {
			t.Logf("width %d, %s: %s, %.6f alone and %.6f together, p %.4f", width, x.Task, x.Verdict, x.Baseline, x.Score,
				x.Holm)
			if x.Verdict != want {
				t.Errorf("width %d: %s is called %s, want %s", width, x.Task, x.Verdict, want)
			}
		}
	}
}
