package train_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"braid/model"
	"braid/run"
	"braid/train"
)

// The model is the weighted mean of the parameters after each step.
func TestModelIsTheMean(t *testing.T) {
	const decay, from = 0.8, 5
	text := strings.Replace(smallJob, ", dev: dev.jsonl, test: test.jsonl", "", 1)
	s := prepareJob(t, text, "training.average.decay=0.8", "training.average.from=5", "cluster.keep=100",
		"cluster.checkpoint_every=1")
	dir := filepath.Join(t.TempDir(), "run")
	summary := s.train(t, dir, 2)
	got, err := model.LoadBundle(filepath.Join(dir, run.ModelDir))
	if err != nil {
		t.Fatal(err)
	}
	weight, mean := 0.0, map[string][]float64{}
	for step := uint64(from + 1); step <= summary.Steps; step++ {
		_, tensors, err := run.OpenReadOnly(dir, s.Job).Tensors(step)
		if err != nil {
			t.Fatal(err)
		}
		weight = weight*decay + 1
		for _, x := range tensors {
			if mean[x.Name] == nil {
				mean[x.Name] = make([]float64, len(x.Data))
			}
			for i, v := range x.Data {
				mean[x.Name][i] = mean[x.Name][i]*decay + float64(v)
			}
		}
	}
	for _, g := range got.Params.Groups {
		for _, p := range g.Params {
			for i, v := range p.Data {
				if want := mean["param/"+g.Name+"/"+p.Name][i] / weight; math.Abs(float64(v)-want) > 1e-6 {
					t.Fatalf("element %d of %s is %v, want %v", i, p.Name, v, want)
				}
			}
		}
	}
}

// Dev selects among means. The steps are those of a training without a mean.
func TestMeanIsEvaluated(t *testing.T) {
	s, plain := prepare(t, "training.average.decay=0.9"), prepare(t)
	dir, plainDir := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "run")
	got, want := s.train(t, dir, 2), plain.train(t, plainDir, 2)
	if got.ModelSHA256 == want.ModelSHA256 {
		t.Error("the model is that without a mean")
	}
	lines, others := metrics(t, dir), metrics(t, plainDir)
	for step, m := range steps(lines) {
		if other := steps(others)[step]; other.Checksum != m.Checksum {
			t.Errorf("step %d has another gradient", step)
		}
	}
	var evaluated *run.Metric
	for i := range lines {
		if m := &lines[i]; m.Kind == "evaluation" && m.Step == got.Best.Step {
			evaluated = m
		}
	}
	fleet := s.fleet(1)
	defer fleet.Close()
	bundle, err := model.LoadBundle(filepath.Join(dir, run.ModelDir))
	if err != nil {
		t.Fatal(err)
	}
	scores, err := fleet.Score(t.Context(), train.ScoreWork{Split: "dev", Params: bundle.Params,
		Changed: train.Changed{All: true}})
	if err != nil {
		t.Fatal(err)
	}
	for i, task := range s.Job.Tasks {
		metrics, loss, ok := scores[0].Of(i)
		if !ok || evaluated == nil || evaluated.Loss[task.Name] != loss ||
			evaluated.Scores[task.Name][task.Metric] != metrics[task.Metric] {
			t.Errorf("%s: the model has loss %v and scores %v, its evaluation was %+v", task.Name, loss, metrics, evaluated)
		}
	}
}
