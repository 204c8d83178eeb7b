package train

import (
	"context"
	"maps"
	"time"

	"braid/job"
	"braid/model"
	"braid/nn"
	"braid/run"
)

// evaluationDue reports whether dev must be scored before the next step.
func (l *loop) evaluationDue() bool {
	step := l.state.Step
	if step == 0 || l.state.Evaluated == step {
		return false
	}
	every := uint64(max(l.Job.Training.EvaluateEvery, 0))
	return step == l.Plan.Steps() || every > 0 && step%every == 0
}

// evaluate scores dev. It returns whether the parameters must be kept: they are the best so far, or a candidate.
func (l *loop) evaluate(ctx context.Context) (keep bool, err error) {
	begin, ps := time.Now(), l.evaluated()
	scores, err := l.score(ctx, job.Dev, ps, false)
	if err != nil {
		return false, err
	}
	e := l.judge(scores)
	l.state.Evaluated = l.state.Step
	if len(e.Tasks) == 0 {
		return false, nil // without a dev split there is no selection
	}
	e.Best = l.state.Best.Step == 0 || e.Mean > l.state.Best.Score // never NaN
	l.remember(e, ps)
	e.Waited, e.Took = l.state.Waited, time.Since(begin)
	keep = l.consider(e) || e.Best
	l.Events(e)
	return keep, l.metrics.Write(evaluationLine(e))
}

// evaluated returns the parameters that evaluations and the model use: those of training, or their mean.
func (l *loop) evaluated() *nn.ParamSet {
	if l.Job.Training.Average.Decay == 0 {
		return l.params
	}
	if l.mean == nil {
		l.mean = l.params.Clone()
	}
	l.optimizer.Mean(l.mean, l.params)
	return l.mean
}

// score returns by data set the scores of a split for the given parameters, with or without outcomes.
func (l *loop) score(ctx context.Context, split job.Split, ps *nn.ParamSet, outcomes bool) ([]*model.SetScore, error) {
	if ps != l.params { // the fleet has those of training, and gets them again afterwards
		l.changes.all()
		defer l.changes.all()
	}
	l.waits.begin(l.state.Step)
	scores, err := l.Fleet.Score(ctx, ScoreWork{Step: l.state.Step, Split: split, Outcomes: outcomes, Params: ps,
		Changed: l.changes.pending(), Waiting: l.waits.report})
	if err != nil {
		return nil, err
	}
	l.waits.end(l.state.Step)
	l.changes.acknowledged()
	return scores, nil
}

// judge computes metrics by task, and the mean of the tasks' selection scores in the order of the job.
func (l *loop) judge(scores []*model.SetScore) Evaluated {
	e := Evaluated{Step: l.state.Step, Steps: l.Plan.Steps(), Split: job.Dev, Joint: map[string]float64{}}
	for t, task := range l.Job.Tasks {
		set := scores[l.Job.SetOf(t)]
		if set == nil {
			continue
		}
		metrics, loss, ok := set.Of(t)
		if !ok {
			continue
		}
		main := metrics[task.Metric]
		selection := selectionScore(task.Metric, main, l.baselines[t])
		e.Tasks = append(e.Tasks, TaskScore{Task: task.Name, Metric: task.Metric, Main: main, Selection: selection,
			Loss: loss, Metrics: metrics})
		e.Mean += selection
	}
	if n := len(e.Tasks); n > 0 {
		e.Mean /= float64(n)
	}
	for i, set := range scores {
		if set == nil {
			continue
		}
		if joint, ok := set.JointAccuracy(); ok {
			e.Joint[l.Job.Data[i].Name] = joint
		}
	}
	return e
}

// remember updates the best evaluation, of the mean and of each task. ps are the parameters that were scored.
func (l *loop) remember(e Evaluated, ps *nn.ParamSet) {
	b := &l.state.Best
	if b.Tasks == nil {
		b.Tasks = map[string]run.TaskBest{}
	}
	for _, t := range e.Tasks {
		if was, ok := b.Tasks[t.Task]; !ok || better(t.Metric, t.Main, was.Score) {
			b.Tasks[t.Task] = run.TaskBest{Step: l.state.Step, Score: t.Main}
		}
	}
	if !e.Best {
		l.state.Waited++
		return
	}
	l.state.Waited = 0
	b.Step, b.Score, b.Untrained = l.state.Step, e.Mean, l.untrained()
	if l.best == nil {
		l.best = ps.Clone()
	} else {
		l.best.CopyFrom(ps)
	}
}

func evaluationLine(e Evaluated) *run.Metric {
	m := &run.Metric{Kind: "evaluation", Step: e.Step, Split: e.Split, Mean: e.Mean, Best: e.Best,
		Loss: map[string]float64{}, Scores: map[string]map[string]float64{}, Selection: map[string]float64{}}
	for _, t := range e.Tasks {
		m.Loss[t.Task], m.Selection[t.Task] = t.Loss, t.Selection
		m.Scores[t.Task] = maps.Clone(t.Metrics)
	}
	return m
}
