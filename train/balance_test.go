package train_test

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"braid/job"
	"braid/nn"
	"braid/run"
	"braid/train"
)

// plainSGD makes the update of a step the gradient times a learning rate that is large, so that the difference of
// parameters is not rounded much.
var plainSGD = []string{"training.optimizer.kind=sgd", "training.optimizer.lr=1e4", "training.clip=0",
	"training.schedule.kind=constant", "training.schedule.warmup=0"}

// movement returns by group the change of the parameters in one step of a job, and the factors of the step.
func movement(t *testing.T, text string, overrides ...string) (map[string][]float64, run.Metric) {
	t.Helper()
	s := prepareJob(t, text, slices.Concat(plainSGD, overrides)...)
	r := train.NewReplay(s.Setup, 1)
	before := r.Checkpoint().Params.Clone()
	line, err := r.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return difference(before, r.Checkpoint().Params), line
}

func difference(before, after *nn.ParamSet) map[string][]float64 {
	moved := map[string][]float64{}
	for i, g := range before.Groups {
		for k, v := range g.Data {
			moved[g.Name] = append(moved[g.Name], float64(after.Groups[i].Data[k])-float64(v))
		}
	}
	return moved
}

// The shared encoder moves by Σ λ_t w_t ∇L_t, and each head by w_t ∇L_t.
func TestBalanceActsOnSharedParametersAlone(t *testing.T) {
	const one = "tasks.themes.weight=1e-30" // and so on: all other tasks as good as off
	off := []string{one, "tasks.topic.weight=1e-30", "tasks.names.weight=1e-30", "tasks.price.weight=1e-30"}
	static, line := movement(t, wideJob)
	if line.Factors != nil {
		t.Errorf("factors %v without training.balance", line.Factors)
	}
	balanced, line := movement(t, wideJob, "training.balance.kind=rlw")
	want := map[string][]float64{}
	for i, task := range []string{"themes", "topic", "names", "price"} {
		weight := map[string]string{"themes": "2", "topic": "1", "names": "0.7", "price": "1"}[task]
		others := slices.Delete(slices.Clone(off), i, i+1)
		alone, _ := movement(t, wideJob, append(others, "tasks."+task+".weight="+weight)...)
		for name, d := range alone {
			if want[name] == nil {
				want[name] = make([]float64, len(d))
			}
			for k, v := range d {
				want[name][k] += v * line.Factors[task]
			}
		}
		close64(t, "head of "+task, balanced["head."+task], static["head."+task])
	}
	for name, d := range want {
		if !strings.HasPrefix(name, "head.") {
			close64(t, name, balanced[name], d)
		}
	}
}

// close64 compares movements up to rounding.
func close64(t *testing.T, what string, got, want []float64) {
	t.Helper()
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(v))
	}
	for i, v := range want {
		if !(math.Abs(got[i]-v) <= 1e-5*largest+1e-8) || largest == 0 {
			t.Fatalf("%s: number %d is %g, want %g", what, i, got[i], v)
		}
	}
}

// In sampled mode the encoder's gradient is multiplied by the factor of the step's task.
func TestBalanceOfASampledStep(t *testing.T) {
	static, _ := movement(t, smallJob)
	balanced, line := movement(t, smallJob, "training.balance.kind=rlw")
	factor := line.Factors[line.Tasks[0]]
	if len(line.Factors) != 1 || factor == 0 || math.Abs(factor-1) < 1e-3 {
		t.Fatalf("factors %v", line.Factors)
	}
	for name, d := range static {
		switch {
		case name == "head."+line.Tasks[0]:
			close64(t, name, balanced[name], d)
		case !strings.HasPrefix(name, "head."):
			for i := range d {
				d[i] *= factor
			}
			close64(t, name, balanced[name], d)
		}
	}
}

// A job with one task shares nothing, so that no method changes a bit of it.
func TestMethodsOfOneTaskArePlain(t *testing.T) {
	one := strings.Replace(smallJob, "  - {name: names, kind: tagging, data: made, field: tags}\n", "", 1)
	modelOf := func(overrides ...string) string {
		s := prepareJob(t, one, append(overrides, "training.steps=5")...)
		return s.train(t, filepath.Join(t.TempDir(), "run"), 1).ModelSHA256
	}
	for _, mode := range []string{"training.mode=sampled", "training.mode=joint"} {
		want := modelOf(mode)
		for _, kind := range job.BalanceKinds {
			if modelOf(mode, "training.balance.kind="+kind) != want {
				t.Errorf("%s, balance %s: another model", mode, kind)
			}
		}
		for _, kind := range job.ConflictKinds {
			if (mode == "training.mode=joint") != (kind != job.MConfig) {
				continue // refused
			}
			if modelOf(mode, "training.conflict.kind="+kind) != want {
				t.Errorf("%s, conflict %s: another model", mode, kind)
			}
		}
	}
}

// The records have the factors of all tasks of a step. Learnt ones move, and those of equal do not.
func TestRecordedFactors(t *testing.T) {
	for _, kind := range job.BalanceKinds {
		for _, mode := range []string{"training.mode=sampled", "training.mode=joint"} {
			s := prepareJob(t, wideJob, mode, "training.balance.kind="+kind, "training.balance.every=10", "training.steps=40")
			dir := filepath.Join(t.TempDir(), "run")
			s.train(t, dir, 1)
			differ := map[float64]bool{}
			for _, m := range steps(metrics(t, dir)) {
				want := len(m.Tasks)
				if kind == job.BalanceStatic && m.Factors != nil || kind != job.BalanceStatic &&
					len(m.Factors) != want {
					t.Fatalf("%s, %s: step %d has the factors %v", kind, mode, m.Step, m.Factors)
				}
				if f, ok := m.Factors["names"]; ok {
					differ[f] = true
				}
				if kind == "equal" && m.Factors["themes"] != .5 && m.Factors["themes"] != 0 {
					t.Errorf("equal: the factor of a task of weight 2 is %v", m.Factors["themes"])
				}
			}
			if constant := kind == "equal"; kind != job.BalanceStatic && (len(differ) == 1) != constant {
				t.Errorf("%s, %s: the factors of task names are %v", kind, mode, differ)
			}
		}
	}
}

// A step that was skipped because it was not finite leaves the state of the method alone.
func TestSkippedStepsLeaveTheBalance(t *testing.T) {
	s := prepare(t, "training.not_finite=skip", "training.balance.kind=uncertainty")
	dir := filepath.Join(t.TempDir(), "run")
	if _, err := s.trainSpoiled(dir, map[uint64]bool{8: true}, 0); err != nil {
		t.Fatal(err)
	}
	for _, m := range steps(metrics(t, dir)) {
		for task, f := range m.Factors {
			if !(f > 0.5 && f < 2) {
				t.Errorf("step %d: the factor of %s is %v", m.Step, task, f)
			}
		}
	}
}

// A checkpoint whose state of the method has another size is refused.
func TestCheckpointOfAnotherBalance(t *testing.T) {
	s := prepare(t, "training.balance.kind=uncertainty")
	dir := filepath.Join(t.TempDir(), "run")
	s.train(t, dir, 1)
	other := prepare(t, "training.balance.kind=dwa")
	r := train.NewReplay(other.Setup, 1)
	reader := run.OpenReadOnly(dir, s.Job)
	var why error
	if err := r.Rewind(reader, 24, func(_ uint64, err error) { why = errors.Join(why, err) }); err != nil {
		t.Fatal(err)
	}
	if why == nil || !strings.Contains(why.Error(), "the state of training.balance has 8 numbers, want 9") {
		t.Errorf("error %v", why)
	}
}
