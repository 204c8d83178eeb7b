package train

import (
	"context"
	"runtime"
	"slices"

	"braid/data"
	"braid/job"
	"braid/model"
	"braid/run"
)

// initialModel reads the model from which a job starts; nil if the job has none.
func initialModel(j *job.Job) (*model.Bundle, error) {
	if j.Init.From == "" {
		return nil, nil
	}
	if err := j.CheckInit(); err != nil {
		return nil, err
	}
	return model.LoadBundle(j.InitDir())
}

// scoreInitial returns by split and task what the initial model scores on dev and test, with its own vocabulary and
// labels. Tasks that the model does not have are missing.
func scoreInitial(ctx context.Context, j *job.Job, b *model.Bundle,
	raw *data.Raw) (map[job.Split]map[string]map[string]float64, error) {
	asked := askedOf(b.Job, j)
	arch, err := model.New(model.Spec{Job: asked, Words: b.Vocab.Len(), Labels: b.Labels, Input: b.Vocab.Input})
	if err != nil {
		return nil, err
	}
	prepared := &data.Prepared{Vocab: b.Vocab, Labels: b.Labels}
	engine := model.NewEngine(arch, runtime.GOMAXPROCS(0))
	engine.Pack(b.Params, nil)
	all := map[job.Split]map[string]map[string]float64{}
	for _, split := range []job.Split{job.Dev, job.Test} {
		sets := make([]data.Set, len(asked.Data))
		for s := range asked.Data {
			examples := raw.Sets[s].Split(split)
			if examples == nil || len(asked.TasksOf(s)) == 0 {
				continue
			}
			if *sets[s].At(split), err = prepared.Encode(asked, s, examples); err != nil {
				return nil, err
			}
		}
		blocks := model.ExampleBlocks(sets, split, model.BlockExamples)
		scores, err := engine.Scores(ctx, sets, blocks, false)
		if err != nil {
			return nil, err
		}
		sums := SumScores(len(sets), blocks, scores)
		all[split] = map[string]map[string]float64{}
		for t, task := range asked.Tasks {
			if s := asked.SetOf(t); s >= 0 && sums[s] != nil {
				if metrics, _, ok := sums[s].Of(t); ok {
					all[split][task.Name] = metrics
				}
			}
		}
	}
	return all, nil
}

// askedOf returns the job of a model with the data of another job: its tasks read the data of the tasks of the same
// name, and other tasks read none.
func askedOf(was, now *job.Job) *job.Job {
	j := *was
	j.Data, j.Tasks = slices.Clone(now.Data), slices.Clone(was.Tasks)
	for t := range j.Tasks {
		k := slices.IndexFunc(now.Tasks, func(o job.Task) bool { return o.Name == j.Tasks[t].Name })
		if k < 0 {
			j.Tasks[t].Data = ""
			continue
		}
		lower := was.Data[was.SetOf(t)].Lower // as the words of the vocabulary
		j.Tasks[t].Data, j.Tasks[t].Field, j.Tasks[t].Scheme = now.Tasks[k].Data, now.Tasks[k].Field, now.Tasks[k].Scheme
		j.Data[now.SetOf(k)].Lower = lower
	}
	return &j
}

// summaryBefore returns what the initial model scores at a task; nil if it lacks the task.
func (s *Setup) summaryBefore(task string) *run.Scores {
	before := run.Scores{Dev: s.Before[job.Dev][task], Test: s.Before[job.Test][task]}
	if before.Dev == nil && before.Test == nil {
		return nil
	}
	return &before
}
