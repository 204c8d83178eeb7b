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

// evaluationDue says that dev is to be scored before the next step.
func (l *loop) evaluationDue() bool {
	step := l.state.Step
	if step == 0 || l.state.Evaluated == step {
		return false
	}
	every := uint64(max(l.Job.Training.EvaluateEvery, 0))
	return step == l.plan.Steps() || every > 0 && step%every == 0
}

// evaluate scores dev, and says whether the parameters are the best so far.
func (l *loop) evaluate(ctx context.Context) (better bool, err error) {
	begin := time.Now()
	scores, err := l.score(ctx, job.Dev, l.params)
	if err != nil {
		return false, err
	}
	said := l.judge(scores)
	l.state.Evaluated = l.state.Step
	if len(said.Tasks) == 0 {
		return false, nil // no dev split anywhere: nothing to select on
	}
	said.Best = l.state.Best.Step == 0 || said.Mean > l.state.Best.Score // never NaN
	l.remember(said)
	said.Waited, said.Took = l.state.Waited, time.Since(begin)
	l.Events(said)
	return said.Best, l.metrics.Write(evaluationLine(said))
}

// score has the fleet score a split.
func (l *loop) score(ctx context.Context, split job.Split, ps *nn.ParamSet) ([]*model.SetScore, error) {
	l.waits.begin(l.state.Step)
	scores, err := l.Fleet.Score(ctx, ScoreWork{Step: l.state.Step, Split: split, Params: ps, Changed: l.changes.told(), Waiting: l.waits.told})
	if err != nil {
		return nil, err
	}
	l.waits.end(l.state.Step)
	l.changes.ok()
	return scores, nil
}

// judge turns counts into figures: metrics by task, and the mean of the selection scores of
// the main ones, in the order of the job's tasks.
func (l *loop) judge(scores []*model.SetScore) Evaluated {
	said := Evaluated{Step: l.state.Step, Steps: l.plan.Steps(), Split: job.Dev, Joint: map[string]float64{}}
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
		said.Tasks = append(said.Tasks, TaskScore{Task: task.Name, Metric: task.Metric, Main: main, Loss: loss, Metrics: metrics})
		said.Mean += selectionScore(task.Metric, main, l.baselines[t])
	}
	if n := len(said.Tasks); n > 0 {
		said.Mean /= float64(n)
	}
	for i, set := range scores {
		if set == nil {
			continue
		}
		if joint, ok := set.JointAccuracy(); ok {
			said.Joint[l.Job.Data[i].Name] = joint
		}
	}
	return said
}

// remember updates what was best, of the mean and of every task.
func (l *loop) remember(said Evaluated) {
	b := &l.state.Best
	if b.Tasks == nil {
		b.Tasks = map[string]run.TaskBest{}
	}
	for _, t := range said.Tasks {
		if was, ok := b.Tasks[t.Task]; !ok || better(t.Metric, t.Main, was.Score) {
			b.Tasks[t.Task] = run.TaskBest{Step: l.state.Step, Score: t.Main}
		}
	}
	if !said.Best {
		l.state.Waited++
		return
	}
	l.state.Waited = 0
	b.Step, b.Score, b.Untrained = l.state.Step, said.Mean, l.untrained()
	if l.best == nil {
		l.best = l.params.Clone()
	} else {
		l.best.CopyFrom(l.params)
	}
}

func evaluationLine(said Evaluated) *run.Metric {
	m := &run.Metric{Kind: "evaluation", Step: said.Step, Split: said.Split, Mean: said.Mean, Best: said.Best,
		Loss: map[string]float64{}, Scores: map[string]map[string]float64{}}
	for _, t := range said.Tasks {
		m.Loss[t.Task] = t.Loss
		m.Scores[t.Task] = maps.Clone(t.Metrics)
	}
	return m
}
