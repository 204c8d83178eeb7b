package model

import (
	"fmt"
	"slices"
	"strings"

	"braid/job"
)

// checkFrozen returns an error if a pattern of init.freeze matches no group, or if a task has nothing left to train.
func (a *Architecture) checkFrozen() error {
	j := a.Job
	var names []string
	for _, g := range a.groups {
		names = append(names, g.Name)
	}
	for i, pattern := range j.Init.Freeze {
		if !slices.ContainsFunc(names, func(name string) bool { return job.MatchesGroup(pattern, name) }) {
			return j.Errorf(fmt.Sprintf("init.freeze[%d]", i), "name some of "+strings.Join(names, ", "),
				"init.freeze has the pattern %q, which is no group of parameters", pattern)
		}
	}
	for t, task := range j.Tasks {
		if !slices.ContainsFunc(a.trains, func(by []bool) bool { return by[t] }) {
			return j.Errorf("init.freeze", "remove a pattern, or the task",
				"all parameters that the loss of task %s trains are frozen", task.Name)
		}
	}
	return nil
}
