package train_test

import (
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"braid/job"
	"braid/mtl"
	"braid/run"
)

// wideTasks are the tasks of wideJob with their weights.
var wideTasks = []struct{ name, weight string }{{"topic", "1"}, {"names", "0.7"}, {"price", "1"}, {"themes", "2"}}

// ownMovements returns for each task of wideJob the movement of one joint step in which the other tasks weigh nothing:
// the negative of its gradient, times the learning rate.
func ownMovements(t *testing.T) []map[string][]float64 {
	t.Helper()
	var own []map[string][]float64
	for _, task := range wideTasks {
		var weights []string
		for _, other := range wideTasks {
			weight := "1e-30"
			if other.name == task.name {
				weight = other.weight
			}
			weights = append(weights, "tasks."+other.name+".weight="+weight)
		}
		moved, _ := movement(t, wideJob, weights...)
		own = append(own, moved)
	}
	return own
}

// sharedNumbers joins the movements of all groups but heads, by name.
func sharedNumbers(moved map[string][]float64) (numbers []float64) {
	for _, name := range slices.Sorted(maps.Keys(moved)) {
		if !strings.HasPrefix(name, "head.") {
			numbers = append(numbers, moved[name]...)
		}
	}
	return numbers
}

// The shared parameters move by Σ α_t g_t, with the method's α for the gradients of the tasks alone. Heads move as
// without a method.
func TestConflictCombinesTheGradientsOfTheTasks(t *testing.T) {
	const lr = 1e4
	own := ownMovements(t)
	static, _ := movement(t, wideJob)
	gram := mtl.NewGram(len(own))
	for i := range own {
		a := sharedNumbers(own[i])
		for j := range own {
			for k, v := range sharedNumbers(own[j]) {
				gram.V[i*gram.T+j] += a[k] * v / lr / lr
			}
		}
	}
	for _, kind := range slices.Concat(job.GramKinds, []string{"gradnorm"}) {
		got, line := movement(t, wideJob, "training.conflict.kind="+kind)
		method := mtl.NewConflict(kind, mtl.ConflictSettings{C: .5, Fairness: 2, Alpha: 1.5, LR: .025})
		factors := method.Factors(mtl.Step{Tasks: []int{0, 1, 2, 3}, Gram: gram, Losses: []float64{1, 1, 1, 1}, Seed: 9},
			method.Start(4))
		want := make([]float64, len(sharedNumbers(static)))
		for i, task := range wideTasks {
			if math.Abs(line.Factors[task.name]-factors[i]) > 1e-3*math.Abs(factors[i])+1e-6 {
				t.Errorf("%s: the factor of %s is %g, want %g", kind, task.name, line.Factors[task.name], factors[i])
			}
			for k, v := range sharedNumbers(own[i]) {
				want[k] += line.Factors[task.name] * v
			}
			close64(t, kind+": head of "+task.name, got["head."+task.name], static["head."+task.name])
		}
		close64(t, kind, sharedNumbers(got), want)
	}
}

// With a factor for each tensor no task gets worse in any tensor.
func TestConflictPerTensor(t *testing.T) {
	own := ownMovements(t)
	got, line := movement(t, wideJob, "training.conflict.kind=upgrad", "training.conflict.per=tensor")
	tensors := map[string]bool{}
	for name := range line.Factors {
		tensor, task, ok := strings.Cut(name, " ")
		if !ok || !strings.Contains("topic names price themes", task) {
			t.Errorf("a factor is called %q", name)
		}
		tensors[tensor] = true
	}
	if len(line.Factors) != 4*len(tensors) || len(tensors) < 4 {
		t.Errorf("%d factors of %d tensors", len(line.Factors), len(tensors))
	}
	for i := range own {
		for _, group := range []string{"word", "feature", "encoder"} {
			along, norms := 0.0, [2]float64{}
			for k, v := range own[i][group] {
				along += v * got[group][k]
				norms[0] += v * v
				norms[1] += got[group][k] * got[group][k]
			}
			if cosine := along / math.Sqrt(norms[0]*norms[1]); cosine < -1e-3 {
				t.Errorf("task %s gets worse in %s: cosine %g", wideTasks[i].name, group, cosine)
			}
		}
	}
}

// GradNorm and FAMO learn: the factors change, and have the sum T. STCH follows the losses.
func TestFactorsThatLearn(t *testing.T) {
	for _, kind := range job.LossKinds {
		s := prepareJob(t, wideJob, "training.conflict.kind="+kind)
		dir := filepath.Join(t.TempDir(), "run")
		s.train(t, dir, 1)
		differ := map[float64]bool{}
		for _, m := range steps(metrics(t, dir)) {
			sum := 0.0
			for _, f := range m.Factors {
				sum += f
			}
			if len(m.Factors) != 4 || math.Abs(sum-4) > 1e-9 {
				t.Errorf("%s: step %d has the factors %v", kind, m.Step, m.Factors)
			}
			differ[m.Factors["price"]] = true
		}
		if len(differ) < 15 {
			t.Errorf("%s: %d different factors in 20 steps", kind, len(differ))
		}
	}
}

// A step that was skipped leaves the state of the method alone.
func TestSkippedStepsLeaveTheMethod(t *testing.T) {
	for _, kind := range job.LossKinds {
		s := prepare(t, "training.mode=joint", "training.not_finite=skip", "training.conflict.kind="+kind)
		dir := filepath.Join(t.TempDir(), "run")
		if _, err := s.trainSpoiled(dir, map[uint64]bool{8: true}, 0); err != nil {
			t.Fatal(err)
		}
		for _, m := range steps(metrics(t, dir)) {
			for task, f := range m.Factors {
				if !(f > 0.1 && f < 2) {
					t.Errorf("%s: step %d: the factor of %s is %v", kind, m.Step, task, f)
				}
			}
		}
	}
}

func TestConflictRefused(t *testing.T) {
	for _, c := range []struct {
		overrides []string
		want      string
	}{
		{[]string{"training.conflict.kind=upgrad"}, "set training.mode to joint, or training.measure.every"},
		{[]string{"training.conflict.kind=famo", "training.measure.every=9"}, "famo needs those of several"},
		{[]string{"training.mode=joint", "training.conflict.kind=m_config"}, "write config"},
		{[]string{"training.conflict.kind=m_config", "training.conflict.per=tensor"}, "one factor for each task"},
		{[]string{"training.mode=joint", "training.conflict.kind=famo", "training.conflict.per=tensor"},
			"famo has one factor for each task"},
		{[]string{"training.mode=joint", "training.conflict.kind=upgrade"}, "did you mean"},
	} {
		_, err := job.Parse("small.yaml", []byte(smallJob), c.overrides)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q", c.overrides, err, c.want)
		}
	}
}

// In sampled mode the factors are those of the products of the last measurement, until the next one.
func TestFactorsFromMeasurements(t *testing.T) {
	for _, kind := range job.GramKinds {
		s := prepareJob(t, wideJob, "training.mode=sampled", "training.measure.every=5", "training.conflict.kind="+kind)
		dir := filepath.Join(t.TempDir(), "run")
		s.train(t, dir, 1)
		method := mtl.NewConflict(kind, mtl.ConflictSettings{C: .5, Fairness: 2})
		lines := metrics(t, dir)
		measured := map[uint64]*run.Measure{} // by the step after the measurement
		for _, m := range lines {
			if m.Kind == "measure" {
				measured[m.Step] = m.Measure
			}
		}
		checked := 0
		for _, m := range lines {
			if m.Kind != "step" {
				continue
			}
			at := (m.Step - 1) / 5 * 5
			products := measured[at+1]
			gram := mtl.NewGram(4)
			for i := range 4 {
				for j := range 4 {
					k := max(i, j)*(max(i, j)+1)/2 + min(i, j)
					gram.V[i*4+j] = float64(products.Encoder.Batch[k]) + float64(products.Tables.Batch[k])
				}
			}
			factors := method.Factors(mtl.Step{Tasks: []int{0, 1, 2, 3}, Gram: gram, Seed: 9, Number: at}, nil)
			for i, task := range wideTasks {
				if f, ok := m.Factors[task.name]; ok {
					checked++
					if f != factors[i] {
						t.Errorf("%s, step %d: the factor of %s is %g, want %g", kind, m.Step, task.name, f, factors[i])
					}
				}
			}
		}
		if checked != 20 {
			t.Errorf("%s: %d factors in 20 steps", kind, checked)
		}
	}
}
