package model

import (
	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/task"
)

// counter adds the answer for text i to a score and returns whether all of it is right.
type counter func(t *task.Targets, i int, score *task.Score) bool

// decoder returns a task's loss and the counter of its answers.
type decoder func(t int, target *task.Targets) (gradient.Loss, counter)

// count scores all tasks over the examples that are loaded, and keeps the outcomes of single examples if outcomes
// is set.
func (p *pass) count(c *data.Corpus, set int, outcomes bool, decode decoder) *SetScore {
	a := p.arch
	s := a.NewSetScore(set, outcomes)
	right := make([]int, p.batch.layout.B())
	exact := 0 // tasks whose answers can be right or wrong
	for i := range s.tasks {
		x := &s.tasks[i]
		if p.countTask(c, x, right, decode); a.Job.Tasks[x.task].Of().Answer != job.Number {
			exact++
		}
	}
	if outcomes {
		s.fitOutcomes()
	}
	if exact < 2 {
		return s
	}
	for i := range right {
		all := true
		for _, x := range s.tasks {
			all = all && (a.Job.Tasks[x.task].Of().Answer == job.Number || p.batch.targets[x.task].Has[i])
		}
		if all {
			s.Joint++
			if right[i] == exact {
				s.JointRight++
			}
		}
	}
	return s
}

// countTask counts one task's answers. right counts by text the tasks that have it right.
func (p *pass) countTask(c *data.Corpus, x *setTask, right []int, decode decoder) {
	a, t := p.arch, x.task
	target := &p.batch.targets[t]
	a.heads[t].Gather(target, c, targetOf(c, t), &p.batch.layout, p.batch.examples)
	loss, count := decode(t, target)
	x.loss = loss
	for i, has := range target.Has {
		if !has {
			continue
		}
		x.seen++
		if count(target, i, x.score) && a.Job.Tasks[t].Of().Answer != job.Number {
			right[i]++
		}
		if x.outcomes != nil {
			p.heads[t].CountAgain(target, i, x.outcomes.Next())
			x.outcomes.Take(p.batch.examples[i])
		}
	}
}
