package train

import (
	"context"

	"braid/job"
	"braid/model"
	"braid/run"
)

// finish scores dev and test with the best parameters, and writes the model and the summary. Test is not scored
// before.
func (l *loop) finish(ctx context.Context) (*run.Summary, error) {
	ps := l.best
	if ps == nil {
		ps = l.evaluated()
	}
	if ps != l.params {
		l.params.CopyFrom(ps)
		l.changes.all()
	}
	l.tick()
	s := l.summary()
	outcomes, err := l.scoreModel(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := l.metrics.Sync(); err != nil {
		return nil, err
	}
	if err := l.publish(s, outcomes); err != nil {
		return nil, err
	}
	l.noteEnd(run.EventFinished, s.ModelSHA256)
	return s, nil
}

// scoreModel scores dev and test with the parameters, which are those of the model, and adds the scores to a summary.
// It returns the outcomes of the examples.
func (l *loop) scoreModel(ctx context.Context, s *run.Summary) (*run.Outcomes, error) {
	outcomes := run.NewOutcomes(l.Job)
	for _, split := range []job.Split{job.Dev, job.Test} {
		scores, err := l.score(ctx, split, l.params, true)
		if err != nil {
			return nil, err
		}
		addScores(s, split, l.judge(scores))
		l.addOutcomes(outcomes, split, scores)
	}
	s.ModelSHA256 = model.Sha256(l.params)
	return outcomes, nil
}

// publish writes the parameters as the model of the run, then the outcomes, then the summary.
func (l *loop) publish(s *run.Summary, outcomes *run.Outcomes) error {
	if err := l.dir.Publish(run.ModelDir, l.saveModel); err != nil {
		return err
	}
	if err := l.dir.WriteOutcomes(outcomes); err != nil {
		return err
	}
	return l.dir.WriteSummary(s)
}

// saveModel writes the parameters into a model directory.
func (l *loop) saveModel(dir string) error {
	return model.SaveBundle(dir, &model.Bundle{Architecture: l.Arch, Params: l.params, Vocab: l.Data.Vocab})
}

// addOutcomes adds the outcomes of a split. It notes the tasks whose outcomes are too large to be kept.
func (l *loop) addOutcomes(to *run.Outcomes, split job.Split, scores []*model.SetScore) {
	for t, task := range l.Job.Tasks {
		set := scores[l.Job.SetOf(t)]
		if set == nil {
			continue
		}
		if _, _, ok := set.Of(t); !ok {
			continue
		}
		o := set.Outcomes(t)
		if o == nil {
			l.note(run.EventOmitted, l.state.Step, "the answers of task "+task.Name+" on "+string(split)+
				" have too many labels: "+run.OutcomesFile+" lacks them, and braid compare cannot read this run")
		}
		to.Put(task.Name, split, o)
	}
}

func (l *loop) summary() *run.Summary {
	s := &run.Summary{Job: l.Job.Name, JobHash: l.Job.Hash(), DataSHA256: l.Data.Digest.SHA256(), Steps: l.state.Step,
		SkippedSteps: l.state.SkippedSteps, Seconds: l.state.Seconds,
		Tokens: l.state.Tokens, Workers: l.Fleet.Workers(), Stopped: "steps", Best: l.state.Best, NeverTrained: l.untrained(),
		Tasks: map[string]run.TaskSummary{}, Data: map[string]run.Scores{}}
	if l.best != nil { // the parameters are those of the best evaluation
		s.NeverTrained = l.state.Best.Untrained
	}
	if l.impatient() && l.state.Step < l.Plan.Steps() {
		s.Stopped = "patience"
	}
	if l.state.StepSeconds > 0 {
		s.TokensPerSecond = float64(s.Tokens) / l.state.StepSeconds
	}
	for i, t := range l.Job.Tasks {
		s.Tasks[t.Name] = run.TaskSummary{Kind: t.Kind, Metric: t.Metric, Steps: l.state.TaskSteps[t.Name],
			Baseline: l.summaryBaseline(i), Before: l.summaryBefore(t.Name)}
	}
	return s
}

func addScores(s *run.Summary, split job.Split, said Evaluated) {
	put := func(scores *run.Scores, metrics map[string]float64) {
		if split == job.Dev {
			scores.Dev = metrics
		} else {
			scores.Test = metrics
		}
	}
	for _, t := range said.Tasks {
		task := s.Tasks[t.Task]
		put(&task.Scores, t.Metrics)
		s.Tasks[t.Task] = task
	}
	for name, joint := range said.Joint {
		set := s.Data[name]
		put(&set, map[string]float64{"joint_accuracy": joint})
		s.Data[name] = set
	}
}
