package plan

import (
	"fmt"
	"math"

	"braid/internal/rng"
	"braid/job"
)

// Sizes is what a plan depends on beside the job: counts, never texts.
type Sizes struct {
	Tasks []int // by task: training examples that carry its label
	Sets  []int // by data set: training examples that carry a label of any of its tasks
}

// Step is who is next.
type Step struct {
	Step    uint64 // from 0
	Streams []Stream
}

// Stream is one data set's share of a step. Sampled mode has one stream with one task;
// joint mode one for each data set that a chosen task reads.
type Stream struct {
	Set    int   // index of the data set
	Tasks  []int // indexes of tasks, ascending; all read Set
	Epoch  uint64
	Shards [][]int32 // S lists of positions: into the task's labelled examples (sampled mode) or the set's (joint mode)
}

// Planner gives the steps of one job. Its answers depend on the step alone; it remembers
// where it was so that steps in order cost O(batch). Not safe for several goroutines.
type Planner struct {
	job     *job.Job
	sizes   Sizes
	sampler sampler
	steps   uint64

	at     uint64   // the step that visits was counted up to
	visits []uint64 // by task (sampled) or data set (joint): how often it was drawn before at
}

// New checks that every task has something to learn from.
func New(j *job.Job, s Sizes) (*Planner, error) {
	if len(s.Tasks) != len(j.Tasks) || len(s.Sets) != len(j.Data) {
		panic(fmt.Sprintf("plan: sizes of %d tasks and %d data sets for a job of %d and %d", len(s.Tasks), len(s.Sets), len(j.Tasks), len(j.Data)))
	}
	for t, n := range s.Tasks {
		path := fmt.Sprintf("tasks[%d].field", t)
		if n == 0 {
			return nil, j.Errorf(path, "check the field's name and the training file", "no training example of %s carries the field %q of task %s", j.Tasks[t].Data, j.Tasks[t].Field, j.Tasks[t].Name)
		}
		if n > math.MaxInt32 {
			return nil, j.Errorf(path, "split the data set", "task %s has %d examples", j.Tasks[t].Name, n)
		}
	}
	p := &Planner{job: j, sizes: s}
	perEpoch := p.stepsPerEpoch()
	p.steps = uint64(j.Training.Steps)
	if p.steps == 0 {
		p.steps = uint64(j.Training.Epochs) * perEpoch
	}
	p.sampler = samplers[j.Training.Sampling.Kind](j, s.Tasks, perEpoch, p.steps)
	p.visits = make([]uint64, p.counters())
	return p, nil
}

// Steps is how many steps the job has.
func (p *Planner) Steps() uint64 { return p.steps }

// Probabilities are the planned shares of the tasks at a step; they sum to 1.
func (p *Planner) Probabilities(step uint64) []float64 { return p.sampler.probabilities(step) }

func (p *Planner) joint() bool { return p.job.Training.Mode == "joint" }

func (p *Planner) counters() int {
	if p.joint() {
		return len(p.job.Data)
	}
	return len(p.job.Tasks)
}

// stepsPerEpoch: sampled, every task's batches once; joint, the largest data set's.
func (p *Planner) stepsPerEpoch() uint64 {
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

// At returns a step's plan. The result is the caller's.
func (p *Planner) At(step uint64) Step {
	if step < p.at {
		clear(p.visits)
		p.at = 0
	}
	for ; p.at < step; p.at++ {
		for _, c := range p.drawn(p.at) {
			p.visits[c.counter]++
		}
	}
	s := Step{Step: step}
	for _, c := range p.drawn(step) {
		s.Streams = append(s.Streams, p.stream(c))
	}
	return s
}

// choice is what a step draws from one counter: a task, or a data set with its chosen tasks.
type choice struct {
	counter, set int
	tasks        []int
	purpose      uint64 // what tells the permutations of tasks and of data sets apart
	size         int
}

func (p *Planner) drawn(step uint64) []choice {
	if !p.joint() {
		t := p.sampler.draw(step, rng.Key{Seed: p.job.Seed, Purpose: rng.Sample, A: step}.Stream())
		return []choice{{counter: t, set: p.job.SetOf(t), tasks: []int{t}, purpose: uint64(t) << 1, size: p.sizes.Tasks[t]}}
	}
	chosen := p.chosen(step)
	var all []choice
	for set := range p.job.Data {
		c := choice{counter: set, set: set, purpose: uint64(set)<<1 | 1, size: p.sizes.Sets[set]}
		for _, t := range p.job.TasksOf(set) {
			if chosen[t] {
				c.tasks = append(c.tasks, t)
			}
		}
		if len(c.tasks) > 0 {
			all = append(all, c)
		}
	}
	return all
}

// chosen marks the tasks of a joint step: all, or K drawn without replacement.
func (p *Planner) chosen(step uint64) []bool {
	chosen := make([]bool, len(p.job.Tasks))
	k := p.job.Training.TasksPerStep
	if k == 0 {
		k = len(chosen)
	}
	shares := p.sampler.probabilities(step)
	random := rng.Key{Seed: p.job.Seed, Purpose: rng.Tasks, A: step}.Stream()
	for range k {
		t := pick(shares, random)
		chosen[t] = true
		shares[t] = 0
	}
	return chosen
}

// stream cuts the counter's next batch of its epoch's permutation into S slices.
func (p *Planner) stream(c choice) Stream {
	batch, shards := p.job.Training.Batch, p.job.Training.Shards
	perEpoch := batches(c.size, batch)
	visit := p.visits[c.counter]
	s := Stream{Set: c.set, Tasks: c.tasks, Epoch: visit / perEpoch, Shards: make([][]int32, shards)}
	lo := int(visit%perEpoch) * batch
	n := min(batch, c.size-lo)
	order := newPermutation(uint32(c.size), rng.Key{Seed: p.job.Seed, Purpose: rng.Shuffle, A: c.purpose, B: s.Epoch})
	positions := make([]int32, n)
	for i := range positions {
		positions[i] = int32(order.at(uint32(lo + i)))
	}
	for k := range shards {
		s.Shards[k] = positions[k*n/shards : (k+1)*n/shards]
	}
	return s
}
