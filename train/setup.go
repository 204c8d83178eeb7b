package train

import (
	"context"

	"braid/data"
	"braid/job"
	"braid/model"
	"braid/plan"
)

// Setup is a job that is ready to train: its data, its plan and the architecture of its model. It is made once at
// start-up and used by everything that follows: checks, fleets, training and resumption. Several trainings may
// use one Setup at the same time.
type Setup struct {
	Job  *job.Job
	Data *data.Prepared
	Plan *plan.Planner // to be cloned by users that may run at the same time
	Arch *model.Architecture

	// Raw holds the texts of the data. Training does not need it: set it to nil to free the memory.
	Raw *data.Raw

	// Baselines holds, for the splits dev and test and by task, the scores of answers without learning: the
	// majority class, the most frequent tag of each word, the mean of the training values. NewSetup leaves it
	// nil, since it needs Raw.
	Baselines map[job.Split][]map[string]float64

	// Before holds, for the splits dev and test and by task, the scores of the initial model, for the tasks that it
	// has. NewSetup leaves it nil, since it needs Raw.
	Before map[job.Split]map[string]map[string]float64

	shares []plan.Share // by task; nil until needed
}

// Open reads and prepares the data of a job, and makes its setup. status receives progress messages; it may be
// nil.
func Open(ctx context.Context, j *job.Job, status func(string)) (*Setup, error) {
	progress := func(text string) {
		if status != nil {
			status(text)
		}
	}
	prepared, raw, err := data.Prepare(ctx, j, status)
	if err != nil {
		return nil, err
	}
	s, err := NewSetup(j, prepared)
	if err != nil {
		return nil, err
	}
	s.Raw, s.Baselines = raw, map[job.Split][]map[string]float64{}
	for _, split := range []job.Split{job.Dev, job.Test} {
		s.Baselines[split] = baselines(j, prepared, raw, split)
	}
	if b := s.Arch.Initial; b != nil {
		progress("scoring the initial model")
		if s.Before, err = scoreInitial(ctx, j, b, raw); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// NewSetup returns the setup of a job for prepared data, without texts and baselines. It returns an error if a
// task has no training examples.
func NewSetup(j *job.Job, p *data.Prepared) (*Setup, error) {
	tasks, sets := p.Sizes()
	planner, err := plan.New(j, plan.Sizes{Tasks: tasks, Sets: sets})
	if err != nil {
		return nil, err
	}
	initial, err := initialModel(j)
	if err != nil {
		return nil, err
	}
	arch, err := model.New(model.Spec{Job: j, Words: p.Vocab.Len(), Word: p.Vocab.Word, Unknown: p.Vocab.Unknowns(),
		Frozen: p.Vocab.Len() - p.Vocab.Trained(), Given: p.Vocab.Given(), Vectors: p.Vectors,
		Labels: p.Labels, Initial: initial, Input: p.Vocab.Input})
	if err != nil {
		return nil, err
	}
	return &Setup{Job: j, Data: p, Plan: planner, Arch: arch}, nil
}

// Local returns a fleet of goroutines in this process, at least one.
func (s *Setup) Local(threads int) Fleet { return Local(s.Arch, s.Data.Sets, threads) }

// Shares returns by task its share of the job's steps. It must not be called by two goroutines at once.
func (s *Setup) Shares() []plan.Share {
	if s.shares == nil {
		s.shares = s.Plan.Shares()
	}
	return s.shares
}

// summaryBaseline returns the baseline of a task that the summary reports: on test, or on dev if the task has no
// test examples.
func (s *Setup) summaryBaseline(task int) map[string]float64 {
	for _, split := range []job.Split{job.Test, job.Dev} {
		if all := s.Baselines[split]; all != nil && all[task] != nil {
			return all[task]
		}
	}
	return nil
}

// MaxCheckpointBytes bounds the size of a checkpoint. A parameter is at most five float32: its value, two of Adam, its
// mean and the residual of bfloat16; with the momenta of m_config, one more for each task.
func (s *Setup) MaxCheckpointBytes() int64 {
	numbers := 5
	if s.Job.Training.Conflict.Kind == job.MConfig {
		numbers += len(s.Job.Tasks)
	}
	return 4*int64(numbers)*int64(s.Arch.Len()) + 1<<20
}
