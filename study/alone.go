package study

import (
	"math"

	"braid/job"
)

// Share holds the steps and the dev and test examples that a job has for one of its tasks.
type Share struct {
	Steps float64 // number of batches of the task's examples
	Of    uint64  // number of steps of the job
	Dev   bool    // the task has dev examples
	Test  bool
}

// longer is how many times as many examples an arm of one task may see, with early stopping, as in the joint run.
const longer = 3

// defaultPatience is the patience of early stopping if the job has none.
const defaultPatience = 10

// alone returns the job of one task alone. It sees as many examples of the task as in the whole job, or a multiple with
// early stopping if times is above 1. Warm-up and other numbers of steps are in proportion to the length, evaluations
// as frequent as in the whole job.
func alone(j *job.Job, task string, s Share, times int) (*job.Job, error) {
	a, err := j.Only(task)
	if err != nil {
		return nil, err
	}
	t := &a.Training
	part := s.Steps / float64(s.Of)
	whole := part * float64(times)
	t.Epochs, t.Steps = 0, max(int(math.Round(s.Steps))*times, 1)
	t.EvaluateEvery = scaled(t.EvaluateEvery, part, 1)
	t.Schedule.Warmup = scaled(t.Schedule.Warmup, whole, 0)
	t.Schedule.Every = scaled(t.Schedule.Every, whole, min(t.Schedule.Every, 1))
	t.Average.From = scaled(t.Average.From, whole, 0)
	v := &a.Encoder.Word.Vectors
	v.TuneAfter = scaled(v.TuneAfter, whole, 0)
	if times > 1 && t.Patience == 0 {
		t.Patience = defaultPatience
	}
	return a, nil
}

func scaled(steps int, by float64, least int) int {
	return max(int(math.Round(float64(steps)*by)), least)
}
