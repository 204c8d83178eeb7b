package measure

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"braid/run"
)

// Summary is the result of a run's measurements.
type Summary struct {
	Measurements int      `json:"measurements"`
	First        uint64   `json:"first"` // step of the first measurement, counted from 1
	Last         uint64   `json:"last"`
	Time         Figure   `json:"time"`  // of the time of these steps and their measurements, the share of the latter
	Tasks        []string `json:"tasks"` // T, in the order of the job

	Encoder *Agreement `json:"encoder,omitempty"` // over the dense parameters that tasks share
	Tables  *Agreement `json:"tables,omitempty"`  // over the tables of embeddings that tasks share

	// Effects has the effects of steps of each task that a measured step trained alone, and of steps of all tasks.
	Effects []Effect `json:"effects,omitempty"`
}

// Summarise summarises the measurements before steps from to to, counted from 1, of the lines of metrics.jsonl. It
// returns an error if there is none.
func Summarise(lines []run.Metric, from, to uint64) (*Summary, error) {
	var measured []run.Metric
	steps, measuring := 0.0, 0.0
	for _, l := range lines {
		if l.Step < from || l.Step > to {
			continue
		}
		switch {
		case l.Kind == "step":
			steps += l.Seconds
		case l.Kind == "measure" && l.Measure != nil:
			if err := check(l.Measure, measured); err != nil {
				return nil, fmt.Errorf("the measurement of step %d: %w", l.Step, err)
			}
			measured = append(measured, l)
			measuring += l.Seconds
		}
	}
	if len(measured) == 0 {
		return nil, none(lines)
	}
	s := &Summary{Measurements: len(measured), First: measured[0].Step, Last: measured[len(measured)-1].Step,
		Time: Figure(measuring / (measuring + steps)), Tasks: measured[0].Measure.Tasks}
	chance := meanChance(measured)
	s.Encoder = agree(of(measured, func(m *run.Measure) *run.Products { return m.Encoder }), len(s.Tasks), chance)
	s.Tables = agree(of(measured, func(m *run.Measure) *run.Products { return m.Tables }), len(s.Tasks), chance)
	s.Effects = effects(measured, s.Tasks)
	return s, nil
}

// none returns the error about steps without a measurement, which names the steps that have one.
func none(lines []run.Metric) error {
	var first, last uint64
	for _, l := range lines {
		if l.Kind != "measure" {
			continue
		}
		if first == 0 {
			first = l.Step
		}
		last = l.Step
	}
	if first == 0 {
		return errors.New("the run has no measurement: train with training.measure.every")
	}
	return fmt.Errorf("no measurement in these steps: the run has some from step %d to %d: change --from and --to", first,
		last)
}

// check returns an error for a measurement of other tasks than those before, or with matrices of another size.
func check(m *run.Measure, before []run.Metric) error {
	if len(before) > 0 && !slices.Equal(m.Tasks, before[0].Measure.Tasks) {
		return fmt.Errorf("it has the tasks %q, the ones before it %q", m.Tasks, before[0].Measure.Tasks)
	}
	n := len(m.Tasks) * (len(m.Tasks) + 1) / 2
	for _, p := range []*run.Products{m.Encoder, m.Tables} {
		if p != nil && (len(p.Batch) != n || len(p.Halves) != n) {
			return fmt.Errorf("it has %d and %d products of %d tasks, not %d", len(p.Batch), len(p.Halves), len(m.Tasks), n)
		}
	}
	if m.Chance != nil && len(m.Chance) != len(m.Tasks) {
		return fmt.Errorf("it has %d chances of %d tasks", len(m.Chance), len(m.Tasks))
	}
	return nil
}

// of lists the products of a part, without those that were not finite.
func of(measured []run.Metric, part func(*run.Measure) *run.Products) (all []*run.Products) {
	for _, l := range measured {
		if p := part(l.Measure); p != nil {
			all = append(all, p)
		}
	}
	return all
}

// meanChance returns by task the mean chance that a step trains it; nil: 1.
func meanChance(measured []run.Metric) []float64 {
	if measured[0].Measure.Chance == nil {
		return nil
	}
	mean := make([]float64, len(measured[0].Measure.Tasks))
	for _, l := range measured {
		for t, p := range l.Measure.Chance {
			mean[t] += p / float64(len(measured))
		}
	}
	return mean
}

// Effect is the effect of the steps that train a task on the losses of all tasks.
type Effect struct {
	Of    string `json:"of"` // the task; "" for steps that train all tasks
	Steps int    `json:"steps"`

	// Gain is by task the mean of 1 - after/before, of its loss on the probe: positive if the steps lower the loss.
	// Source: Fifty et al. 2021 (TAG, inter-task affinity); they compute the step only to compare, these steps are
	// those of the training. Error is its standard error.
	Gain  []Figure `json:"gain"`
	Error []Figure `json:"error"`
}

// effects lists the effects in the order of the tasks; that of all tasks comes last.
func effects(measured []run.Metric, tasks []string) (all []Effect) {
	for _, of := range append(slices.Clone(tasks), "") {
		e := Effect{Of: of}
		gains := make([][]float64, len(tasks))
		for _, l := range measured {
			alone := len(l.Tasks) == 1 && l.Tasks[0] == of
			if together := of == "" && len(l.Tasks) == len(tasks) && len(tasks) > 1; l.Skipped || !alone && !together {
				continue
			}
			e.Steps++
			for t, name := range tasks {
				before, ok := l.Measure.Before[name]
				after, still := l.Measure.After[name]
				if ok && still && before > 0 {
					gains[t] = append(gains[t], 1-after/before)
				}
			}
		}
		if e.Steps == 0 {
			continue
		}
		for _, g := range gains {
			mean, err := meanOf(g)
			e.Gain, e.Error = append(e.Gain, mean), append(e.Error, err)
		}
		all = append(all, e)
	}
	return all
}

// meanOf returns the mean of numbers and its standard error; unknown of no numbers, and of one.
func meanOf(x []float64) (mean, err Figure) {
	n := float64(len(x))
	sum, square := 0.0, 0.0
	for _, v := range x {
		sum += v
	}
	for _, v := range x {
		square += (v - sum/n) * (v - sum/n)
	}
	return Figure(sum / n), Figure(math.Sqrt(square / (n - 1) / n))
}
