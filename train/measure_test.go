package train_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"braid/gradient"
	"braid/plan"
	"braid/run"
	"braid/train"

	"github.com/google/go-cmp/cmp"
)

var measuredJobs = map[string]struct {
	job       string
	overrides []string
}{
	"sampled":       {smallJob, nil},
	"sampled, bf16": {wideJob, []string{"training.mode=sampled", "training.precision=bf16", "encoder.word.update=dense"}},
	"joint":         {wideJob, []string{"training.average.decay=0.9"}},
	"drawn":         {wideJob, []string{"training.tasks_per_step=2"}},
}

// measures returns the records of measurements without their times.
func measures(t *testing.T, dir string) (lines []run.Metric) {
	for _, line := range metrics(t, dir) {
		if line.Kind == "measure" {
			lines = append(lines, line)
		}
	}
	return lines
}

// Measuring changes neither the model nor any other record. The measurements have the same bits with any number of
// goroutines, and in a run that is killed during one and resumed.
func TestMeasuringChangesNothing(t *testing.T) {
	for name, c := range measuredJobs {
		t.Run(name, func(t *testing.T) {
			plain, measured := prepareJob(t, c.job, c.overrides...), prepareJob(t, c.job,
				append(c.overrides, "training.measure.every=3")...)
			dirs := [3]string{}
			for i := range dirs {
				dirs[i] = filepath.Join(t.TempDir(), "run")
			}
			want, got := plain.train(t, dirs[0], 2), measured.train(t, dirs[1], 1)
			if got.ModelSHA256 != want.ModelSHA256 {
				t.Errorf("model %.12s, want %.12s", got.ModelSHA256, want.ModelSHA256)
			}
			others := slices.DeleteFunc(metrics(t, dirs[1]), func(m run.Metric) bool { return m.Kind == "measure" })
			if diff := cmp.Diff(metrics(t, dirs[0]), others); diff != "" {
				t.Errorf("other records (-not measured +measured):\n%s", diff)
			}
			steps := int(want.Steps)
			if n := len(measures(t, dirs[1])); n != (steps+2)/3 {
				t.Errorf("%d measurements in %d steps", n, steps)
			}
			fleet := measured.fleet(3)
			_, err := train.Run(t.Context(), measured.config(dirs[2], &faulty{Fleet: fleet, left: steps - 1,
				fail: func() error { return errKilled }}))
			fleet.Close()
			if !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			sameRun(t, dirs[1], dirs[2], got, measured.train(t, dirs[2], 3))
		})
	}
}

// measuredFleet computes the products of measurements again: each half of each task's batch as a step of its own.
type measuredFleet struct {
	train.Fleet
	t    *testing.T
	s    small
	want map[uint64]*run.Measure // by step, from 1
}

func (f *measuredFleet) Gradient(ctx context.Context, w train.Work) ([]*gradient.Gradient, error) {
	if !w.Step.Measure {
		return f.Fleet.Gradient(ctx, w)
	}
	tasks := len(f.s.Job.Tasks)
	halves := [2][]*gradient.Gradient{make([]*gradient.Gradient, tasks), make([]*gradient.Gradient, tasks)}
	for i, stream := range w.Step.Streams {
		for _, t := range stream.Tasks {
			one := w
			stream.Tasks = []int{t}
			one.Step = plan.Step{Step: w.Step.Step, Streams: []plan.Stream{stream}}
			one.Changed = train.Changed{All: true}
			roots, err := f.Fleet.Gradient(ctx, one)
			if err != nil {
				return nil, err
			}
			g := new(gradient.Gradient)
			if err := g.Decode(roots[0].AppendBinary(nil, gradient.F32), f.s.Arch.Shape(), gradient.F32); err != nil {
				return nil, err
			}
			halves[2*i/len(w.Step.Streams)][t] = g
		}
	}
	m := &run.Measure{Encoder: &run.Products{}, Tables: &run.Products{}}
	for i := range tasks {
		for j := range i + 1 {
			for _, part := range []struct {
				to *run.Products
				of func(*gradient.Gradient) []float64
			}{{m.Encoder, func(g *gradient.Gradient) []float64 { return widened(g.Dense[0]) }}, {m.Tables, f.tables}} {
				a, b := part.of(halves[0][i]), part.of(halves[1][i])
				c, d := part.of(halves[0][j]), part.of(halves[1][j])
				batch, cross := 0.0, 0.0
				for k := range a {
					batch += (a[k] + b[k]) * (c[k] + d[k])
					cross += 2 * (a[k]*d[k] + b[k]*c[k])
				}
				part.to.Batch = append(part.to.Batch, float32(batch))
				part.to.Halves = append(part.to.Halves, float32(cross))
			}
		}
	}
	f.want[w.Step.Step+1] = m
	w.Changed = train.Changed{All: true}
	return f.Fleet.Gradient(ctx, w)
}

func widened(x []float32) (all []float64) {
	for _, v := range x {
		all = append(all, float64(v))
	}
	return all
}

// tables returns the gradients of all rows of all tables, in which rows without a gradient are 0.
func (f *measuredFleet) tables(g *gradient.Gradient) (all []float64) {
	for slot, s := range f.s.Arch.Shape().Slots {
		if !s.Table() {
			continue
		}
		table := make([]float32, s.Rows*s.Dim)
		for i, id := range g.Rows[slot].IDs {
			copy(table[int(id)*s.Dim:], g.Rows[slot].Data[i*s.Dim:(i+1)*s.Dim])
		}
		all = append(all, widened(table)...)
	}
	return all
}

// The products of a measurement are those of gradients that are computed one by one.
func TestMeasuredProducts(t *testing.T) {
	about := cmp.Comparer(func(a, b float32) bool {
		return math.Abs(float64(a-b)) <= 1e-5*(math.Abs(float64(a))+math.Abs(float64(b)))+1e-9
	})
	for name, c := range measuredJobs {
		s := prepareJob(t, c.job, append(c.overrides, "training.measure.every=5", "training.steps=11",
			"encoder.char.kind=off")...)
		inner := s.fleet(2)
		f := &measuredFleet{Fleet: inner, t: t, s: s, want: map[uint64]*run.Measure{}}
		dir := filepath.Join(t.TempDir(), "run")
		if _, err := train.Run(t.Context(), s.config(dir, f)); err != nil {
			t.Fatal(err)
		}
		inner.Close()
		lines := measures(t, dir)
		if len(lines) != 3 || len(f.want) != 3 {
			t.Fatalf("%s: %d measurements, %d computed", name, len(lines), len(f.want))
		}
		for _, line := range lines {
			got, want := line.Measure, f.want[line.Step]
			if diff := cmp.Diff(want.Encoder, got.Encoder, about); diff != "" {
				t.Errorf("%s, step %d: encoder (-want +got):\n%s", name, line.Step, diff)
			}
			if diff := cmp.Diff(want.Tables, got.Tables, about); diff != "" {
				t.Errorf("%s, step %d: tables (-want +got):\n%s", name, line.Step, diff)
			}
			names := []string{}
			for _, task := range s.Job.Tasks {
				names = append(names, task.Name)
			}
			if !slices.Equal(got.Tasks, names) || len(got.Before) != len(names) || len(got.After) != len(names) {
				t.Errorf("%s, step %d: tasks %v, losses %v and %v", name, line.Step, got.Tasks, got.Before, got.After)
			}
			sum := 0.0
			for _, p := range got.Chance {
				sum += p
			}
			if want := map[string]float64{"joint": 0, "drawn": 2}; math.Abs(sum-expected(want, name, 1)) > 1e-9 {
				t.Errorf("%s: chances %v", name, got.Chance)
			}
			if trained := steps(metrics(t, dir))[line.Step].Tasks; !slices.Equal(trained, line.Tasks) {
				t.Errorf("%s, step %d trains %v, its measurement says %v", name, line.Step, trained, line.Tasks)
			}
		}
	}
}

func expected(of map[string]float64, name string, otherwise float64) float64 {
	if v, ok := of[name]; ok {
		return v
	}
	return otherwise
}

// The losses before and after a step of plain gradient descent on nearly all examples: the step lowers the loss of its
// task, and the losses after a step are those before the next measurement.
func TestMeasuredLosses(t *testing.T) {
	s := prepare(t, "training.measure.every=1", "training.batch=60", "training.optimizer.kind=sgd",
		"training.optimizer.lr=0.2", "training.schedule.kind=constant", "training.clip=0", "encoder.word.dropout=0",
		"encoder.lstm.dropout=0")
	dir := filepath.Join(t.TempDir(), "run")
	s.train(t, dir, 2)
	var last *run.Measure
	for _, line := range measures(t, dir) {
		m := line.Measure
		if last != nil {
			if diff := cmp.Diff(last.After, m.Before); diff != "" {
				t.Errorf("step %d: losses before it (-after the last +before this):\n%s", line.Step, diff)
			}
		}
		if task := line.Tasks[0]; len(line.Tasks) != 1 || m.After[task] >= m.Before[task] {
			t.Errorf("step %d of %v: its loss was %v and is %v", line.Step, line.Tasks, m.Before, m.After)
		}
		if last = m; fmt.Sprint(m.Before) == fmt.Sprint(m.After) {
			t.Errorf("step %d changed no loss", line.Step)
		}
	}
}
