package plan

import (
	"fmt"
	"math"
	"slices"

	"braid/internal/rng"
	"braid/job"
)

// Sizes are the numbers of examples. A plan depends on them and on the job alone.
type Sizes struct {
	Tasks []int // by task: training examples that carry its label
	Sets  []int // by data set: training examples that carry a label of any of its tasks
}

// Step is the plan of one step.
type Step struct {
	Step    uint64 // from 0
	Streams []Stream

	// Apart keeps the gradients of tasks apart: the step has a gradient tree for each task of each
	// stream, in the order of streams and of their tasks. Otherwise it has one tree.
	Apart bool

	// Measure marks a plan of Planner.FillMeasure: its gradients are compared, and train nothing.
	Measure bool
}

// Stream is the part of a step that reads one data set. In sampled mode a step has one stream
// with one task. In joint mode it has a stream for each data set that a chosen task reads.
type Stream struct {
	Set   int   // index of the data set
	Tasks []int // indexes of tasks, ascending; all read Set
	Epoch uint64

	// Shards are S lists of positions. In sampled mode they index the task's labelled examples,
	// in joint mode the examples with a label of any task.
	Shards [][]int32

	positions []int32 // memory of Shards
}

// Planner returns the steps of one job. A step's plan does not depend on earlier calls. A
// Planner keeps the counts of the last step, so that steps in order cost O(batch) each. It is
// not safe for concurrent use.
type Planner struct {
	job     *job.Job
	sizes   Sizes
	sampler sampler
	steps   uint64

	at     uint64   // visits counts the steps before this one
	visits []uint64 // number of draws, by task (sampled mode) or data set (joint mode)

	names   []uint64 // key of the permutations, by the index of visits
	readers [][]int  // tasks that read a data set, by data set

	// Scratch memory of the current step.
	choices []choice
	random  rng.Stream
	chosen  []bool
}

// New returns a planner. It returns an error if a task has no training example, or more than
// 2^31-1. It panics if sizes are not those of the job's tasks and data sets.
func New(j *job.Job, s Sizes) (*Planner, error) {
	if len(s.Tasks) != len(j.Tasks) || len(s.Sets) != len(j.Data) {
		panic(fmt.Sprintf("plan: sizes of %d tasks and %d data sets for a job of %d and %d", len(s.Tasks), len(s.Sets),
			len(j.Tasks), len(j.Data)))
	}
	for t, n := range s.Tasks {
		path := fmt.Sprintf("tasks[%d].field", t)
		if n == 0 {
			return nil, j.Errorf(path, "check the field's name and the training file",
				"no training example of %s carries the field %q of task %s", j.Tasks[t].Data, j.Tasks[t].Field, j.Tasks[t].Name)
		}
		if n > math.MaxInt32 {
			return nil, j.Errorf(path, "split the data set", "task %s has %d examples", j.Tasks[t].Name, n)
		}
	}
	p := &Planner{job: j, sizes: s}
	perEpoch := p.StepsPerEpoch()
	p.steps = uint64(j.Training.Steps)
	if p.steps == 0 {
		p.steps = uint64(j.Training.Epochs) * perEpoch
	}
	p.sampler = rehearse(j, samplers[j.Training.Sampling.Kind](j, s.Tasks, perEpoch, p.steps))
	p.name()
	p.visits = make([]uint64, len(p.names))
	p.chosen = make([]bool, len(j.Tasks))
	for set := range j.Data {
		p.readers = append(p.readers, j.TasksOf(set))
	}
	return p, nil
}

// Clone returns a planner of the same job that another goroutine may use.
func (p *Planner) Clone() *Planner {
	c := *p
	c.visits, c.chosen, c.choices = slices.Clone(p.visits), slices.Clone(p.chosen), nil
	return &c
}

// Steps returns the number of steps of the job.
func (p *Planner) Steps() uint64 { return p.steps }

// Probabilities returns the planned shares of the tasks at a step. They sum to 1.
func (p *Planner) Probabilities(step uint64) []float64 { return p.sampler.probabilities(step) }

func (p *Planner) joint() bool { return p.job.Training.Mode == "joint" }

// name makes a counter for every task (sampled mode) or data set (joint mode).
func (p *Planner) name() {
	if p.joint() {
		for _, d := range p.job.Data {
			p.names = append(p.names, rng.Name("data."+d.Name))
		}
		return
	}
	for _, t := range p.job.Tasks {
		p.names = append(p.names, rng.Name("task."+t.Name))
	}
}

// StepsPerEpoch returns the number of batches of all tasks (sampled mode) or of the largest
// data set (joint mode).
func (p *Planner) StepsPerEpoch() uint64 {
	var n uint64
	if p.joint() {
		for _, size := range p.sizes.Sets {
			n = max(n, batches(size, p.job.Training.Batch))
		}
		return n
	}
	for _, size := range p.sizes.Tasks {
		n += batches(size, p.job.Training.Batch)
	}
	return n
}

func batches(n, batch int) uint64 { return uint64((n + batch - 1) / batch) }

// At returns the plan of a step in new memory.
func (p *Planner) At(step uint64) Step {
	var s Step
	p.Fill(&s, step)
	return s
}

// Fill sets s to the plan of a step. It reuses the memory of s.
func (p *Planner) Fill(s *Step, step uint64) {
	for ; step < p.at && p.at-step <= step; p.at-- {
		for _, c := range p.drawn(p.at - 1) {
			p.visits[c.counter]--
		}
	}
	if step < p.at { // from the start is nearer
		clear(p.visits)
		p.at = 0
	}
	for ; p.at < step; p.at++ {
		for _, c := range p.drawn(p.at) {
			p.visits[c.counter]++
		}
	}
	chosen := p.drawn(step)
	s.Step, s.Apart, s.Measure = step, p.job.Apart(), false
	s.Streams = resize(s.Streams, len(chosen))
	for i := range chosen {
		p.fillStream(&s.Streams[i], &chosen[i])
	}
}

// resize returns a slice of n elements in the memory of s. Elements keep their own memory.
func resize[E any](s []E, n int) []E {
	if n <= cap(s) {
		return s[:n]
	}
	return append(s[:cap(s)], make([]E, n-cap(s))...)
}

// choice is one draw of a step: a task, or a data set with its chosen tasks.
type choice struct {
	counter, set int
	tasks        []int
	size         int
}

// drawn returns the choices of a step. They are valid until the next call.
func (p *Planner) drawn(step uint64) []choice {
	if !p.joint() {
		p.random = *rng.Key{Seed: p.job.Seed, Purpose: rng.Sample, A: step}.Stream()
		t := p.sampler.draw(step, &p.random)
		c := p.choice(0, p.job.SetOf(t))
		c.counter, c.tasks, c.size = t, append(c.tasks, t), p.sizes.Tasks[t]
		return p.choices
	}
	p.choose(step)
	n := 0
	for set := range p.job.Data {
		c := p.choice(n, set)
		c.counter, c.size = set, p.sizes.Sets[set]
		for _, t := range p.readers[set] {
			if p.chosen[t] {
				c.tasks = append(c.tasks, t)
			}
		}
		if len(c.tasks) > 0 {
			n++
		}
	}
	return p.choices[:n]
}

// choice returns the i-th choice, without tasks. The choices after it are dropped.
func (p *Planner) choice(i, set int) *choice {
	p.choices = resize(p.choices, i+1)
	c := &p.choices[i]
	c.set, c.tasks = set, c.tasks[:0]
	return c
}

// choose marks the tasks of a joint step: all, or K drawn without replacement.
func (p *Planner) choose(step uint64) {
	k := p.job.Training.TasksPerStep
	for t := range p.chosen {
		p.chosen[t] = k == 0
	}
	if k == 0 {
		return
	}
	shares := p.sampler.probabilities(step)
	p.random = *rng.Key{Seed: p.job.Seed, Purpose: rng.Tasks, A: step}.Stream()
	for range k {
		t := pick(shares, &p.random)
		p.chosen[t] = true
		shares[t] = 0
	}
}

// fillStream cuts the next batch of a counter's permutation into S slices.
func (p *Planner) fillStream(s *Stream, c *choice) {
	batch, shards := p.job.Training.Batch, p.job.Training.Shards
	perEpoch := batches(c.size, batch)
	visit := p.visits[c.counter]
	s.Set, s.Epoch = c.set, visit/perEpoch
	s.Tasks = append(s.Tasks[:0], c.tasks...)
	lo := int(visit%perEpoch) * batch
	n := min(batch, c.size-lo)
	order := newPermutation(uint32(c.size), rng.Key{Seed: p.job.Seed, Purpose: rng.Shuffle, A: p.names[c.counter],
		B: s.Epoch})
	s.positions = resize(s.positions, n)
	for i := range s.positions {
		s.positions[i] = int32(order.at(uint32(lo + i)))
	}
	s.cut(shards)
}

// cut cuts the stream's positions into shards.
func (s *Stream) cut(shards int) {
	n := len(s.positions)
	s.Shards = resize(s.Shards, shards)
	for k := range shards {
		s.Shards[k] = s.positions[k*n/shards : (k+1)*n/shards]
	}
}
