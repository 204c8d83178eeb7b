package train

import (
	"context"
	"slices"
	"time"

	"braid/gradient"
	"braid/job"
	"braid/plan"
	"braid/run"
)

// measurer is the memory of measurements.
type measurer struct {
	plan          plan.Step
	products      []float64 // of all halves of all tasks
	dense, tables []gradient.Range
}

// measured is a measurement whose step has not been taken.
type measured struct {
	line *run.Measure
	took time.Duration
}

// measure makes the measurement before the next step if one is due; otherwise it returns nil. It changes no state but
// the factors that training.conflict holds.
func (l *loop) measure(ctx context.Context) (*measured, error) {
	if !l.plan.MeasureDue(l.state.Step) {
		return nil, nil
	}
	begin := time.Now()
	l.waits.begin(l.state.Step)
	line, err := l.measureGradients(ctx, l.state.Step, l.waits.report)
	if err != nil {
		return nil, err
	}
	l.waits.end(l.state.Step)
	if line.Before, err = l.probe(ctx); err != nil {
		return nil, err
	}
	return &measured{line, time.Since(begin)}, nil
}

// recordMeasured completes a measurement after its step, and writes its line. m may be nil.
func (l *loop) recordMeasured(ctx context.Context, m *measured, t taken) error {
	if m == nil {
		return nil
	}
	begin := time.Now()
	var err error
	if m.line.After, err = l.probe(ctx); err != nil {
		return err
	}
	return l.metrics.Write(&run.Metric{Kind: "measure", Step: l.state.Step, Tasks: t.line.Tasks, Skipped: t.skipped != nil,
		Measure: m.line, Seconds: (m.took + time.Since(begin)).Seconds()})
}

// probe returns the mean losses of the tasks on the examples of job.Probe, by name.
func (l *loop) probe(ctx context.Context) (map[string]float64, error) {
	scores, err := l.score(ctx, job.Probe, l.params, false)
	if err != nil {
		return nil, err
	}
	losses := map[string]float64{}
	for t, task := range l.Job.Tasks {
		if _, loss, ok := scores[l.Job.SetOf(t)].Of(t); ok {
			losses[task.Name] = loss
		}
	}
	return losses, nil
}

// measureGradients measures the gradients before step n, counted from 0.
func (s *stepper) measureGradients(ctx context.Context, n uint64, waiting func(string)) (*run.Measure, error) {
	m := &s.measurer
	s.plan.FillMeasure(&m.plan, n)
	s.weightScale(m.plan)
	roots, err := s.Fleet.Gradient(ctx, Work{Step: m.plan, Scale: s.scale, Params: s.params,
		Changed: s.changes.pending(), Waiting: waiting})
	if err != nil {
		return nil, err
	}
	s.changes.acknowledged()
	if m.dense == nil && m.tables == nil {
		m.dense, m.tables = s.Arch.SharedRanges()
	}
	line := &run.Measure{Encoder: s.products(roots, m.dense), Tables: s.products(roots, m.tables)}
	for _, t := range s.Job.Tasks {
		line.Tasks = append(line.Tasks, t.Name)
	}
	if !s.joint() || s.Job.Training.TasksPerStep > 0 {
		line.Chance = s.chance(n)
	}
	s.conflict.measured(n, line)
	return line, nil
}

// chance returns by task the planned probability that step n trains it.
func (s *stepper) chance(n uint64) []float64 {
	chance := s.plan.Probabilities(n)
	if s.joint() {
		for t := range chance { // to first order: tasks are drawn without replacement
			chance[t] = min(1, chance[t]*float64(s.Job.Training.TasksPerStep))
		}
	}
	return chance
}

// products returns the inner products of the gradients of a measurement over ranges; nil if there are no ranges.
func (s *stepper) products(roots []*gradient.Gradient, ranges []gradient.Range) *run.Products {
	if len(ranges) == 0 {
		return nil
	}
	m, n, tasks := &s.measurer, len(roots), len(s.Job.Tasks)
	m.products = slices.Grow(m.products[:0], n*n)[:n*n]
	clear(m.products)
	gradient.Gram(m.products, roots, ranges)
	first, second := make([]int, tasks), make([]int, tasks) // by task: the index of each half's root
	for k := range roots {
		stream, i := m.plan.Tree(k)
		t := m.plan.Streams[stream].Tasks[i]
		if k < n/2 {
			first[t] = k
		} else {
			second[t] = k
		}
	}
	p := &run.Products{}
	at := func(i, j int) float64 { return m.products[i*n+j] }
	for i := range tasks {
		for j := range i + 1 {
			own := at(first[i], first[j]) + at(second[i], second[j])
			cross := at(first[i], second[j]) + at(second[i], first[j])
			p.Batch = append(p.Batch, float32(own+cross))
			p.Halves = append(p.Halves, float32(2*cross))
		}
	}
	return p
}
