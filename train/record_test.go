package train_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"braid/gradient"
	"braid/job"
	"braid/model"
	"braid/run"
	"braid/train"

	"github.com/google/go-cmp/cmp"
)

// observed is a fleet that computes the expected records from the gradients it returns.
type observed struct {
	train.Fleet
	s     small
	lines []run.Metric      // expected records of steps
	shown []train.ScoreWork // orders for scores: step and split
	news  []run.Entry       // for the journal
}

// sumSquares adds the squares of all numbers of a gradient.
func sumSquares(g *gradient.Gradient) (sum float64) {
	for _, dense := range g.Dense {
		for _, v := range dense {
			sum += float64(v) * float64(v)
		}
	}
	for i := range g.Rows {
		for _, v := range g.Rows[i].Data {
			sum += float64(v) * float64(v)
		}
	}
	return sum
}

func (f *observed) Gradient(ctx context.Context, w train.Work) ([]*gradient.Gradient, error) {
	roots, err := f.Fleet.Gradient(ctx, w)
	if err != nil {
		return nil, err
	}
	g := roots[0]
	j := f.s.Job
	m := run.Metric{Kind: "step", Step: w.Step.Step + 1, Loss: map[string]float64{}, Checksum: run.Hex(g.Checksum())}
	factor := 1.0
	for _, stream := range w.Step.Streams {
		corpus := f.s.Data.Sets[stream.Set].Train
		examples := corpus.Any
		for _, t := range stream.Tasks {
			m.Tasks = append(m.Tasks, j.Tasks[t].Name)
			m.Loss[j.Tasks[t].Name] = g.Loss[t].Sum / g.Loss[t].Weight
			if j.Training.Mode == "sampled" {
				factor = j.Tasks[t].Weight / g.Loss[t].Weight
				for i := range corpus.Targets {
					if corpus.Targets[i].Task == t {
						examples = corpus.Targets[i].Labelled
					}
				}
			}
		}
		for _, shard := range stream.Shards {
			for _, position := range shard {
				e := examples[position]
				m.Tokens += int(corpus.Offsets[e+1] - corpus.Offsets[e])
			}
		}
	}
	m.GradNorm = factor * math.Sqrt(sumSquares(g))
	f.lines = append(f.lines, m)
	return roots, nil
}

func (f *observed) Score(ctx context.Context, w train.ScoreWork) ([]*model.SetScore, error) {
	f.shown = append(f.shown, train.ScoreWork{Step: w.Step, Split: w.Split, Outcomes: w.Outcomes})
	return f.Fleet.Score(ctx, w)
}

func (f *observed) News() []run.Entry {
	news := f.news
	f.news = nil
	return news
}

func (f *observed) Figures() map[string]any { return map[string]any{"gradients": len(f.lines)} }

// closeTo compares records with a tolerance for sums in another order.
var closeTo = cmp.Comparer(func(a, b float64) bool {
	return a == b || math.Abs(a-b) <= 1e-5*(math.Abs(a)+math.Abs(b))
})

// Each record of a step has the tasks, tokens, losses, checksum and norm of the gradient that the fleet returned,
// and the scheduled learning rate. The events say the same.
func TestRecordsAreThoseOfTheGradients(t *testing.T) {
	for mode, m := range modes {
		t.Run(mode, func(t *testing.T) {
			s := prepareJob(t, m.job, m.overrides...)
			inner := s.fleet(2)
			defer inner.Close()
			f := &observed{Fleet: inner, s: s}
			dir := filepath.Join(t.TempDir(), "run")
			c := s.config(dir, f)
			var steps []train.Stepped
			c.Events = func(e train.Event) {
				if e, ok := e.(train.Stepped); ok {
					steps = append(steps, e)
				}
			}
			summary, err := train.Run(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			var got []run.Metric
			tokens := uint64(0)
			for _, line := range metrics(t, dir) {
				if line.Kind == "step" {
					tokens += uint64(line.Tokens)
					line.Rate = 0
					got = append(got, line)
				}
			}
			if diff := cmp.Diff(f.lines, got, closeTo); diff != "" {
				t.Errorf("records differ (-gradients +records):\n%s", diff)
			}
			if summary.Tokens != tokens || uint64(len(got)) != summary.Steps || len(steps) != len(got) {
				t.Errorf("summary of %d tokens and %d steps, want %d and %d; %d events", summary.Tokens, summary.Steps, tokens,
					len(got), len(steps))
			}
			for i, e := range steps {
				line := got[i]
				for k, task := range e.Tasks {
					if name := s.Job.Tasks[task].Name; name != line.Tasks[k] || e.Loss[k] != line.Loss[name] {
						t.Errorf("event of step %d: task %s has loss %v, the record %v", e.Step, name, e.Loss[k], line)
					}
				}
				if e.Step != line.Step || e.Steps != summary.Steps || e.Tokens != line.Tokens || e.GradNorm != line.GradNorm ||
					len(e.Tasks) != len(line.Tasks) || e.Workers != 2 || e.Skipped != nil {
					t.Errorf("event %+v, record %+v", e, line)
				}
				if e.Took <= 0 || e.Compute <= 0 || e.Apply <= 0 || e.Took != e.Compute+e.Apply {
					t.Errorf("step %d took %v, %v to compute and %v to apply", e.Step, e.Took, e.Compute, e.Apply)
				}
			}
		})
	}
}

// The learning rate of a linear schedule with warm-up rises to the job's and falls to 0 at the end.
func TestRecordsHaveTheScheduledRate(t *testing.T) {
	s := prepare(t)
	dir := filepath.Join(t.TempDir(), "run")
	s.train(t, dir, 1)
	const steps, warmup, lr = 24, 4, 0.02
	for _, line := range steps24(t, dir) {
		n := float64(line.Step)
		want := lr * min(n/warmup, (steps-(n-1))/(steps-warmup))
		if math.Abs(line.Rate-want) > 1e-3 {
			t.Errorf("step %d: rate %v, want about %v", line.Step, line.Rate, want)
		}
	}
}

func steps24(t *testing.T, dir string) (lines []run.Metric) {
	for _, line := range metrics(t, dir) {
		if line.Kind == "step" {
			lines = append(lines, line)
		}
	}
	if len(lines) != 24 {
		t.Fatalf("%d records of steps, want 24", len(lines))
	}
	return lines
}

// Evaluations and checkpoints are made at their steps, and test is scored once, at the end.
func TestWhatIsDueAtWhichStep(t *testing.T) {
	s := prepare(t, "cluster.keep=100", "training.schedule.kind=constant")
	inner := s.fleet(1)
	defer inner.Close()
	f := &observed{Fleet: inner, s: s, news: []run.Entry{{Event: run.EventStored, Step: 1, Message: "stored again"}}}
	dir := filepath.Join(t.TempDir(), "run")
	c := s.config(dir, f)
	c.Term = 3
	var evaluated []train.Evaluated
	var started []train.Started
	var finished []train.Finished
	var saved atomic.Int64
	c.Events = func(e train.Event) {
		switch e := e.(type) {
		case train.Checkpointed:
			saved.Add(1)
		case train.Started:
			started = append(started, e)
		case train.Evaluated:
			evaluated = append(evaluated, e)
		case train.Finished:
			finished = append(finished, e)
		}
	}
	summary, err := train.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	want := []train.ScoreWork{{Step: 6, Split: job.Dev}, {Step: 12, Split: job.Dev}, {Step: 18, Split: job.Dev},
		{Step: 24, Split: job.Dev}, {Step: 24, Split: job.Dev, Outcomes: true}, {Step: 24, Split: job.Test, Outcomes: true}}
	if diff := cmp.Diff(want, f.shown); diff != "" {
		t.Errorf("scored (-want +got):\n%s", diff)
	}
	if len(started) != 1 || started[0] != (train.Started{Job: "small", Dir: dir, Steps: 24, Params: s.Arch.Len(),
		Words: s.Data.Vocab.Len(), Shards: 4, Workers: 1}) {
		t.Errorf("started %+v", started)
	}
	if len(finished) != 1 || finished[0].Summary != summary {
		t.Errorf("finished %+v", finished)
	}
	best, waited := evaluated[0], 0
	checkpoints := []uint64{5, 10, 15, 20, 24} // by cluster.checkpoint_every, and at the end
	for _, e := range evaluated {
		if e.Best {
			best, waited = e, 0
			checkpoints = append(checkpoints, e.Step)
		} else {
			waited++
		}
		if e.Steps != 24 || e.Split != job.Dev || e.Waited != waited || e.Took <= 0 || len(e.Tasks) != 2 {
			t.Errorf("evaluated %+v, want %d evaluations since the best", e, waited)
		}
		mean := 0.0
		for _, task := range e.Tasks {
			mean += task.Main / 2
			if task.Main != task.Metrics[task.Metric] || task.Loss <= 0 {
				t.Errorf("scores %+v", task)
			}
		}
		if math.Abs(mean-e.Mean) > 1e-12 || e.Mean > best.Mean {
			t.Errorf("mean %v, want %v, and the best is %v", e.Mean, mean, best.Mean)
		}
	}
	if summary.Best.Step != best.Step || summary.Best.Score != best.Mean {
		t.Errorf("the best is %+v, want that of %+v", summary.Best, best)
	}
	slices.Sort(checkpoints)
	kept, err := run.OpenReadOnly(dir, s.Job).Steps()
	if err != nil || !slices.Equal(kept, slices.Compact(checkpoints)) {
		t.Errorf("checkpoints %v (%v), want %v", kept, err, slices.Compact(checkpoints))
	}
	if saved.Load() != int64(len(kept)) {
		t.Errorf("%d events of checkpoints, want %d", saved.Load(), len(kept))
	}
	checkJournal(t, dir, kept, summary)
}

// checkJournal checks the entries of a run of term 3 from its start to its end.
func checkJournal(t *testing.T, dir string, checkpoints []uint64, summary *run.Summary) {
	t.Helper()
	entries, err := run.ReadJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	var events []string
	for _, e := range entries {
		events = append(events, fmt.Sprint(e.Event, " ", e.Step))
	}
	if first := entries[0]; first.Event != run.EventStarted || first.Fields[run.FieldSteps] != 24.0 ||
		first.Fields[run.FieldTerm] != 3.0 || first.Fields["workers"] != 1.0 || first.Fields[run.FieldPID].(float64) <= 0 ||
		!filepath.IsAbs(first.Fields[run.FieldJobDir].(string)) || first.Fields[run.FieldKernel] == "" {
		t.Errorf("the first entry is %+v", first)
	}
	if last := entries[len(entries)-1]; last.Event != run.EventFinished || last.Step != 24 ||
		last.Message != summary.ModelSHA256 || last.Fields["gradients"] != 24.0 {
		t.Errorf("the last entry is %+v", last)
	}
	want := []string{"started 0", "stored_again 1"}
	for _, step := range checkpoints {
		want = append(want, fmt.Sprint("checkpointed ", step))
	}
	want = append(want, "finished 24")
	slices.Sort(events[1 : len(events)-1])
	slices.Sort(want[1 : len(want)-1])
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

// The summary has the job, the data and the figures of the run.
func TestSummary(t *testing.T) {
	s := prepare(t, "training.schedule.kind=constant")
	dir := filepath.Join(t.TempDir(), "run")
	got := s.train(t, dir, 2)
	state := lastState(t, s, dir)
	if got.Job != "small" || got.JobHash != s.Job.Hash() || got.DataSHA256 != s.Data.Digest.SHA256() || got.Workers != 2 ||
		got.Stopped != "steps" || got.Steps != 24 || got.SkippedSteps != 0 || got.Seconds < state.StepSeconds ||
		state.StepSeconds <= 0 {
		t.Errorf("summary %+v, state %+v", got, state)
	}
	if want := float64(got.Tokens) / state.StepSeconds; math.Abs(got.TokensPerSecond-want) > 1e-9*want {
		t.Errorf("%v tokens/s, want %v", got.TokensPerSecond, want)
	}
	for _, task := range s.Job.Tasks {
		x := got.Tasks[task.Name]
		if x.Kind != task.Kind || x.Metric != task.Metric || len(x.Dev) == 0 || len(x.Test) == 0 || len(x.Baseline) == 0 {
			t.Errorf("task %s: %+v", task.Name, x)
		}
	}
	if d := got.Data["made"]; len(d.Dev) != 1 || len(d.Test) != 1 {
		t.Errorf("data set made: %+v", d)
	}
}

// lastState loads the state of a run's newest checkpoint.
func lastState(t *testing.T, s small, dir string) run.State {
	t.Helper()
	r := train.NewReplay(s.Setup, 1)
	c := r.Checkpoint()
	view := run.OpenReadOnly(dir, s.Job)
	steps, err := view.Steps()
	if err != nil {
		t.Fatal(err)
	}
	if err := view.Load(steps[len(steps)-1], c); err != nil {
		t.Fatal(err)
	}
	return c.State
}

// The journal records a resume, and the takeover by a coordinator of a later term. A finished run of other data is an
// error.
func TestTakeoverAndOtherData(t *testing.T) {
	s := prepare(t, "training.evaluate_every=100")
	dir := filepath.Join(t.TempDir(), "run")
	fleet := s.fleet(1)
	defer fleet.Close()
	killed := func() train.Fleet { return &faulty{Fleet: fleet, left: 2, fail: func() error { return errKilled }} }
	c := s.config(dir, &faulty{Fleet: fleet, left: 7, fail: func() error { return errKilled }})
	c.Term = 2
	for range 2 {
		if _, err := train.Run(t.Context(), c); !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		c.Fleet = killed()
	}
	c.Fleet, c.Term = fleet, 5
	if _, err := train.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got := lastState(t, s, dir).Term; got != 5 {
		t.Errorf("the last checkpoint is of term %d, want 5", got)
	}
	entries, err := run.ReadJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	var events, saved []string
	for _, e := range entries {
		switch e.Event {
		case run.EventCheckpointed:
			saved = append(saved, fmt.Sprint(e.Step))
		case run.EventFinished:
		default:
			events = append(events, fmt.Sprint(e.Event, " ", e.Step, " ", e.Message))
		}
	}
	want := []string{"started 0 ", "failed 7 killed", "resumed 5 ", "failed 7 killed",
		"takeover 5 the coordinator of term 5 takes over from that of term 2", "resumed 5 "}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"5", "10", "15", "20", "24"}, saved); diff != "" {
		t.Errorf("checkpoints (-want +got):\n%s", diff)
	}
	other := prepareJob(t, smallJob, "training.evaluate_every=100")
	other.Data.Digest.Parts[0].SHA256 = "other"
	if _, err := train.Run(t.Context(), other.config(dir, fleet)); !run.IsForeign(err) {
		t.Errorf("other data: %v", err)
	}
}
