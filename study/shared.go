package study

import (
	"strings"

	"braid/data"
	"braid/job"
)

// SharedTexts returns by task the test examples, ascending, whose words stand in the training data of another task.
// A model of several tasks has read them, a model of the task alone may not have.
func SharedTexts(j *job.Job, p *data.Prepared, raw *data.Raw) [][]uint32 {
	trained := make([]map[string]bool, len(j.Tasks)) // by task: the texts with a label of it
	for s := range j.Data {
		texts := keys(raw.Sets[s].Train)
		for i := range p.Sets[s].Train.Targets {
			target := &p.Sets[s].Train.Targets[i]
			has := make(map[string]bool, len(target.Labelled))
			for _, e := range target.Labelled {
				has[texts[e]] = true
			}
			trained[target.Task] = has
		}
	}
	shared := make([][]uint32, len(j.Tasks))
	for s := range j.Data {
		test := keys(raw.Sets[s].Test)
		for _, t := range j.TasksOf(s) {
			for e, text := range test {
				if inOther(trained, t, text) {
					shared[t] = append(shared[t], uint32(e))
				}
			}
		}
	}
	return shared
}

func inOther(trained []map[string]bool, task int, text string) bool {
	for t, has := range trained {
		if t != task && has[text] {
			return true
		}
	}
	return false
}

// keys returns the words of examples, joined.
func keys(examples []data.Example) []string {
	all := make([]string, len(examples))
	for i := range examples {
		all[i] = strings.Join(examples[i].Tokens, "\x00")
	}
	return all
}
